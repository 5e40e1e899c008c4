#!/bin/sh
# t9040-deliver.sh - nurture deliver: only what is queued, several at once, and
# an end on request
. "$(dirname "$0")/lib/lib.sh"
plan 15

people=400
start_sink "$TMP/mail" --latency 3 --chunking
workspace "$TMP/ws"
people $people >"$TMP/people.csv"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
states() { sqlite3 "$DB" "SELECT state, count(*) FROM message GROUP BY 1" | tr '\n' ' '; }
# wait_sql SQL: until it answers 1, at most a minute or so; else the test ends
wait_sql() {
    i=0
    while [ "$(sqlite3 -cmd '.timeout 30000' "$DB" "$1")" != 1 ]; do
        sleep 0.05
        i=$((i + 1))
        [ $i -lt 1200 ] || { echo "Bail out! never true: $1" && exit 1; }
    done
}
n -q candidates import "$TMP/people.csv" 2>/dev/null
n launch engineering-update --yes=$people -q
is "who is enrolled but not queued gets nothing" "$(n deliver --json)" \
    '{"schema":1,"sent":0,"deferred":0,"bounced":0,"in_doubt":0,"held":0,"cancelled":0,"suppressed":0,"dead":0}'

# Nobody listens on port 9: run queues everything and delivers nothing.
sed -i.orig "s/port: $SMTP_PORT/port: 9/" "$TMP/ws/nurture.yaml"
status_is "a relay that is down is a temporary failure of run" 4 n -q run
status_is "and of deliver" 4 n -q deliver
is "which leaves all of it queued" "$(states)" "scheduled|$people "
is "and owned by nobody" "$(sqlite3 "$DB" "SELECT count(*) FROM message WHERE owner IS NOT NULL")" 0
mv "$TMP/ws/nurture.yaml.orig" "$TMP/ws/nurture.yaml"

status_is "--limit" 0 n deliver --limit 10 --json
is "is kept" "$(sed 's/.*"sent":\([0-9]*\).*/\1/' "$TMP/out")" 10

# SIGTERM while mail is on its way: it drains.
"$NURTURE" -C "$TMP/ws" deliver --json >"$TMP/drained" 2>"$TMP/err" &
pid=$!
wait_sql "SELECT count(*) > 30 FROM message WHERE state = 'sent'"
kill -TERM $pid
status=0
wait $pid || status=$?
is "SIGTERM ends it with 130" $status 130
accepted=$(wc -l <"$TMP/mail.log")
is "what was on its way has its answer, the rest waits" "$(states)" \
    "scheduled|$((people - accepted)) sent|$accepted "
ok "and something was left to wait" test "$accepted" -lt $people

# A server that never answers: a second SIGTERM does not wait for it.
start_sink "$TMP/hung" --fault DOT:hang
sed -i.orig "s/port: .*/port: $SMTP_PORT/" "$TMP/ws/nurture.yaml"
"$NURTURE" -C "$TMP/ws" -q deliver 2>/dev/null &
pid=$!
wait_sql "SELECT count(*) = 2 FROM message WHERE state = 'committing'"
kill -TERM $pid
# it was heard: what is left are each connection's anchor, its mail and the next
wait_sql "SELECT count(*) <= 6 FROM message WHERE owner IS NOT NULL"
kill -TERM $pid
status=0
wait $pid 2>/dev/null || status=$?
is "a second SIGTERM ends it at once" $status 143
mv "$TMP/ws/nurture.yaml.orig" "$TMP/ws/nurture.yaml"

# Three at once, one of them with a window.
three=
for window in 0 0 8; do
    sed -i -e "/^  window: [0-9]/d" -e "s/^smtp:/smtp:\\n  window: $window/" "$TMP/ws/nurture.yaml"
    "$NURTURE" -C "$TMP/ws" -q deliver 2>>"$TMP/err" &
    three="$three $!"
done
status=0
for pid in $three; do wait "$pid" || status=$?; done
is "three at once end well" $status 0
n -q deliver
is "one in doubt for each connection that hung" "$(states)" "in_doubt|2 sent|$((people - 2)) "
sed 's/.* to=<\([^>]*\)>.*/\1/' "$TMP/mail.log" | sort >"$TMP/accepted"
is "nobody got it twice" "$(uniq -d "$TMP/accepted")" ""
is "and each one that is called sent did" "$(wc -l <"$TMP/accepted")" $((people - 2))
done_testing
