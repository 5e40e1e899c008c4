#!/bin/sh
# lint-words.sh - functions and habits that are not used here
set -eu
cd "$(dirname "$0")/.."
src=$(ls core/*.[ch] templates/*.[ch] mta/*.[ch] campaigns/*.[ch] tracking/*.[ch] cli/*.[ch] include/nurture/*.h)
n=0
check() { # NAME PATTERN [EXCEPT]
    n=$((n + 1))
    # shellcheck disable=SC2086
    found=$(grep -nE "$2" $src | grep -vE "${3:-^$}" || true)
    if [ -z "$found" ]; then
        echo "ok $n - $1"
    else
        printf '%s\n' "$found" | sed 's/^/# /'
        echo "not ok $n - $1"
    fi
}
echo 1..8
check "no banned function" '\b(sprintf|vsprintf|strcpy|strcat|strtok|atoi|atol|gets|strncpy|localtime|gmtime|ctime|rand|srand|system|popen|g_print|g_printerr|g_return_if_fail|g_return_val_if_fail)\(' ' \* '
check "clocks are read in core/clock.c only" '\b(time|clock_gettime|gettimeofday|g_get_real_time|g_get_monotonic_time)\(' '^core/clock\.c:|timespec|_time\(|date_time'
check "no GRegex" '\bg_regex_'
check "no SQL built by printf" 'printf.*(SELECT |INSERT INTO|UPDATE .*SET|DELETE FROM)' '^campaigns/segment_sql\.c:'
check "only cli prints or exits" '\b(printf|puts|putchar|fputs|exit)\(' '^cli/|_printf|snprintf|core/store\.c.*_exit|fprintf\(file| \* |_exit\('
check "no mark of unfinished work" '\b(TODO|FIXME|XXX)\b' "TODO'|\"TODO|\\\\\"XXX|'TODO"
check "no line over 80 columns" '^.{81,}$' '"|https?:|^include/nurture/.*\.h:[0-9]+: \*'
long=$(wc -l $src | awk '$2 != "total" && $1 > 800 {print $2, $1}')
n=$((n + 1))
if [ -z "$long" ]; then echo "ok $n - no file over 800 lines"; else echo "# $long"; echo "not ok $n - no file over 800 lines"; fi
