#!/bin/sh
# t9000-demo.sh - the demo to its end, with every number right
. "$(dirname "$0")/lib/lib.sh"
plan 4
cd "$TMP" || exit 1
ok "nurture demo --once --speed max" "$NURTURE" demo --once --speed max demo
is "no number is off" "$(grep -c '^  OFF' "$TMP/out" || true)" 0
mkdir mine
status_is "a directory that no demo has made is left alone" 3 "$NURTURE" demo --once mine
sed -i 's/host: 127.0.0.1/host: smtp.kestrel.example/' demo/nurture.yaml
status_is "a demo's workspace delivers to this computer only" 3 "$NURTURE" -C demo -q run
done_testing
