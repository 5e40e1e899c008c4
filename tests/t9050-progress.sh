#!/bin/sh
# t9050-progress.sh - a long sending says how far it is: a bar with the rate and
# what is left of the time on a terminal, a line now and then elsewhere
. "$(dirname "$0")/lib/lib.sh"
LC_ALL=C.UTF-8
export LC_ALL
command -v script >/dev/null || skip_all "needs script(1) for a terminal"
plan 8

# waiting NAME PEOPLE LATENCY: so many mails in the outbox of $TMP/NAME, for a
# sink that needs LATENCY ms for each on each of two connections
waiting() {
    start_sink "$TMP/$1.mail" --latency "$3"
    workspace "$TMP/$1"
    people "$2" >"$TMP/$1.csv"
    "$NURTURE" -q -C "$TMP/$1" candidates import "$TMP/$1.csv" 2>/dev/null
    "$NURTURE" -q -C "$TMP/$1" launch engineering-update "--yes=$2"
}
waiting plain 280 120
waiting seen 200 50
"$NURTURE" -C "$TMP/plain" run >"$TMP/plain.out" 2>"$TMP/plain.err" &
plain=$!
script -qec "'$NURTURE' -C '$TMP/seen' run" /dev/null </dev/null >"$TMP/screen" 2>&1
tr '\r' '\n' <"$TMP/screen" >"$TMP/steps"
ok "a bar on a terminal" grep -q '^sending █*░* [0-9]*/200' "$TMP/steps"
ok "with the rate and what is left" grep -qE '/200, [0-9]+/s, [0-9]+ s left' "$TMP/steps"
full() { sed -n 's/^sending \(█*\)░.*/\1/p' "$TMP/steps" | awk '{ print length }'; }
is "it only grows" "$(full)" "$(full | sort -n)"
ok "and what comes at the end stands alone" grep -q 'enrolled.*sent 200' "$TMP/steps"
status=0
wait $plain || status=$?
is "without a terminal" $status 0
ok "lines" grep -qE '^sending [0-9]+ of 280, [0-9]+/s, [0-9]+ s left$' "$TMP/plain.err"
is "and nothing else" "$(grep -v '^sending' "$TMP/plain.err" | tr '\r' '*')" ""
is "nor on the other stream" "$(grep -vc '^enrolled' "$TMP/plain.out")" 0
done_testing
