#!/bin/sh
# lint-layers.sh - every #include keeps to the table of docs/ARCHITECTURE.md
set -eu
cd "$(dirname "$0")/.."
result() { # NUMBER NAME FOUND
    if [ -z "$3" ]; then
        echo "ok $1 - $2"
    else
        printf '%s\n' "$3" | sed 's/^/# /'
        echo "not ok $1 - $2"
    fi
}
echo 1..2
# The order of the directories decides who owns a header.
result 1 "directories include only what they may" "$(awk -f tests/lib/layers.awk \
    include/nurture/*.h core/*.[ch] templates/*.[ch] mta/*.[ch] \
    campaigns/*.[ch] tracking/*.[ch] cli/*.[ch])"
# Only the store knows SQLite.
result 2 "only core/store.c includes sqlite3.h" "$(grep -l 'sqlite3\.h' \
    core/*.[ch] templates/*.[ch] mta/*.[ch] campaigns/*.[ch] tracking/*.[ch] \
    cli/*.[ch] | grep -v '^core/store\.c$' || true)"
