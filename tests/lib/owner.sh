#!/bin/sh
# owner.sh nurture/X.h - the directory that implements a public header
#
# By rule a .c file includes its own header first; headers of plain types that
# nobody implements belong to core.
inc=$1
for dir in core templates mta campaigns tracking; do
    for f in "$dir"/*.c; do
        first=$(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$f" | head -1)
        if [ "$first" = "$inc" ]; then
            echo "$dir"
            exit 0
        fi
    done
done
# Implemented in a file that has a private header before it.
for dir in core templates mta campaigns tracking; do
    base=$(basename "$inc" .h | tr - _)
    for f in "$dir/$base".c "$dir/$base"_*.c; do
        if [ -e "$f" ] && grep -q "\"$inc\"" "$f"; then
            echo "$dir"
            exit 0
        fi
    done
done
echo -
