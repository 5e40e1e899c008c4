#!/bin/sh
# lint-tools.sh - format, headers that stand alone, cppcheck, shellcheck, man
set -eu
cd "$(dirname "$0")/.."
n=0
result() { # STATUS NAME FILE
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        sed 's/^/# /' "$3" | head -60
        echo "not ok $n - $2"
    fi
}
out=$(mktemp)
trap 'rm -f "$out"' EXIT
echo 1..5
status=0
clang-format-14 --dry-run -Werror core/*.[ch] templates/*.[ch] mta/*.[ch] campaigns/*.[ch] \
    tracking/*.[ch] cli/*.[ch] include/nurture/*.h tests/*.c >"$out" 2>&1 || status=1
result $status "clang-format" "$out"
status=0
flags=$(pkg-config --cflags gmime-3.0 libcmark)
: >"$out"
for h in include/nurture/*.h; do
    # shellcheck disable=SC2086
    gcc -std=gnu11 -fsyntax-only -x c -w -Iinclude $flags "$h" >>"$out" 2>&1 || status=1
done
result $status "every public header compiles alone" "$out"
status=0
cppcheck --quiet --std=c11 --library=gtk --enable=warning,portability \
    --inline-suppr --suppress=missingIncludeSystem --suppress=unknownMacro \
    --suppress=normalCheckLevelMaxBranches --error-exitcode=1 -j2 -Iinclude \
    core templates mta campaigns tracking cli >"$out" 2>&1 || status=1
result $status "cppcheck" "$out"
status=0
# 2034, 2154: variables that lib.sh sets for the tests that source it
shellcheck -s sh -S warning -e SC2034,SC2154 tests/*.sh tests/faults/*.sh tests/lib/*.sh tests/bench/*.sh core/embed.sh >"$out" 2>&1 || status=1
result $status "shellcheck" "$out"
status=0
: >"$out"
for m in docs/*.[1-8]; do
    [ -e "$m" ] && mandoc -Tlint -Wwarning "$m" >>"$out" 2>&1 || true
done
[ -s "$out" ] && status=1
result $status "mandoc" "$out"
