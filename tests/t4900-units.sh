#!/bin/sh
# t4900-units.sh - the unit files of docs/deploy: systemd understands them, they
# shut the programs in, and start what there is
. "$(dirname "$0")/lib/lib.sh"

command -v systemd-analyze >/dev/null || skip_all "needs systemd-analyze"
units=$tests/../docs/deploy
mkdir "$TMP/units"
# so that verify finds the program
for f in "$units"/*.service "$units"/*.timer "$units"/*.socket; do
    sed "s|/usr/local/bin/nurture|$(realpath "$NURTURE")|g" "$f" >"$TMP/units/${f##*/}"
done
set -- "$TMP"/units/*
services=$(find "$TMP/units" -name '*.service' | wc -l)
plan $(($# + services * 2 + 1))
for unit in "$@"; do
    SYSTEMD_UNIT_PATH="$TMP/units:" systemd-analyze verify --man=no --recursive-errors=no "$unit" >"$TMP/said" 2>&1 || true
    is "systemd has nothing to say of ${unit##*/}" "$(cat "$TMP/said")" ""
done
for unit in "$TMP"/units/*.service; do
    name=${unit##*/}
    level=$(systemd-analyze security --offline=true "$unit" 2>/dev/null | sed -n 's/.*exposure level.*: \([0-9.]*\).*/\1/p')
    ok "$name is shut in ($level of 10)" sh -c '[ "$(echo "$1" | tr -d .)" -le 20 ]' - "${level:-99.9}"
    ok "$name starts a command that there is" sh -c '"$2" help "$(sed -n "s/.*-C \/srv\/nurture \(--log-format json \)*\([a-z]*\).*/\2/p" "$1" | head -1)" >/dev/null' - "$unit" "$NURTURE"
done
is "all use the same folders" "$(grep -ohE -- '-C [^ ]+|XDG_STATE_HOME=[^ ]+' "$TMP"/units/*.service | sort -u)" "-C /srv/nurture
XDG_STATE_HOME=/var/lib/nurture"
done_testing
