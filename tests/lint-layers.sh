#!/bin/sh
# lint-layers.sh - every #include keeps to the table of docs/ARCHITECTURE.md
set -eu
cd "$(dirname "$0")/.."
bad=$(
    for dir in core templates mta campaigns tracking cli; do
        for f in "$dir"/*.[ch]; do
            [ -e "$f" ] || continue
            sed -n 's/^#include "\([^"]*\)".*/\1/p' "$f" | while read -r inc; do
                case $inc in
                nurture/*) header=include/$inc ;;
                */*) echo "$f: includes $inc of another directory" ; continue ;;
                *)
                    [ -e "$dir/$inc" ] || echo "$f: $inc is not in $dir/"
                    continue
                    ;;
                esac
                [ -e "$header" ] || echo "$f: there is no $header"
                # The directory that implements a public header is the one
                # with the .c file that includes it first.
                owner=$(sh tests/lib/owner.sh "$inc")
                case $dir/$owner in
                cli/* | */core | */-) ;;
                "$dir/$dir") ;;
                campaigns/templates | campaigns/mta | mta/templates | tracking/templates | tracking/mta) ;;
                *) echo "$f: $dir may not include $inc of $owner" ;;
                esac
            done
        done
    done
)
echo 1..2
if [ -z "$bad" ]; then
    echo "ok 1 - directories include only what they may"
else
    printf '%s\n' "$bad" | sed 's/^/# /'
    echo "not ok 1 - directories include only what they may"
fi
# Only the store knows SQLite.
only=$(grep -l 'sqlite3\.h' core/*.c core/*.h templates/* mta/* campaigns/* tracking/* cli/* 2>/dev/null | grep -v '^core/store\.c$' || true)
[ -z "$only" ] && echo "ok 2 - only core/store.c includes sqlite3.h" || {
    printf '# %s\n' "$only"
    echo "not ok 2 - only core/store.c includes sqlite3.h"
}
