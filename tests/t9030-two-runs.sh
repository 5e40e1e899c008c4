#!/bin/sh
# t9030-two-runs.sh - two nurture run at once on one workspace
. "$(dirname "$0")/lib/lib.sh"
plan 4

people=600
start_sink "$TMP/mail" --latency 1
workspace "$TMP/ws"
people $people >"$TMP/people.csv"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
n -q candidates import "$TMP/people.csv" 2>/dev/null
n launch engineering-update --yes=$people -q
n -q run 2>"$TMP/err1" &
a=$!
n -q run 2>"$TMP/err2" &
b=$!
status=0
wait $a || status=$?
wait $b || status=$?
is "both end well" "$status" 0
n -q run
sed 's/.* to=<\([^>]*\)>.*/\1/' "$TMP/mail.log" | sort >"$TMP/accepted"
is "everybody got it" "$(sort -u "$TMP/accepted" | wc -l)" "$people"
is "nobody twice" "$(uniq -d "$TMP/accepted")" ""
is "all rows say so" "$(sqlite3 "$DB" "SELECT state, count(*) FROM message GROUP BY 1")" "sent|$people"
done_testing
