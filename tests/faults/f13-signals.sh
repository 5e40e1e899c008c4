#!/bin/sh
# f13-signals.sh - SIGTERM and SIGHUP in the middle, FAULTS_ROUNDS
# times; then two SIGTERMs while the server does not answer
. "$(dirname "$0")/lib.sh"

rounds=${FAULTS_ROUNDS:-24}
plan 5
queued drain $((rounds * 40))
to_sink drain.mail --latency 10 --chunking
i=1 stopped=0 odd=0
while [ $i -le "$rounds" ]; do
    [ $i != $((rounds / 2)) ] || set_smtp window 4
    had=$(wc -l <"$TMP/drain.mail.log")
    "$NURTURE" -q -C "$ws" deliver 2>>"$TMP/err" &
    pid=$!
    until_sql "SELECT count(*) > $had OR count(*) = $planned FROM message WHERE state = 'sent'"
    case $((i % 2)) in
    0) signal=TERM ;;
    *) signal=HUP ;;
    esac
    kill -$signal $pid 2>/dev/null || true
    status=0
    wait $pid 2>/dev/null || status=$?
    case $status in
    130) stopped=$((stopped + 1)) ;;
    0) ;;
    *) odd=$((odd + 1)) && echo "# SIG$signal: status $status" ;;
    esac
    i=$((i + 1))
done
ok "the signals came in the middle ($stopped of $rounds)" test $stopped -gt 0
is "no run ended in any other way" $odd 0
waiting=$(sql "SELECT count(*) FROM message WHERE state IN ('scheduled', 'deferred')")
is "nothing is in doubt before the rest leaves ($waiting wait)" "$(sql "SELECT count(*) FROM message WHERE state IN ('in_doubt', 'claimed', 'committing')")" 0
n -q run
oracle "$rounds drains" 0 "$TMP/drain.mail.log"
row 13 "drain" "signals=$stopped $figures"
kill "$SINK_PID"

queued twice 100
to_sink twice.mail --fault DOT:hang:1000:2 --latency 5
"$NURTURE" -q -C "$ws" deliver 2>/dev/null &
pid=$!
until_sql "SELECT count(*) = 2 FROM message WHERE state = 'committing'"
kill -TERM $pid
until_sql "SELECT count(*) > 0 FROM message WHERE state = 'scheduled'" # it was heard
kill -TERM $pid
status=0
wait $pid 2>/dev/null || status=$?
n -q run
oracle "a second SIGTERM (status $status)" 2 "$TMP/twice.mail.log"
row 13 "a second SIGTERM" "$figures"
done_testing
