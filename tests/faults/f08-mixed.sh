#!/bin/sh
# f08-mixed.sh - all faults mixed at random, tick after tick, until nothing is
# due; FAULTS_MIXED people, with hold and with resend
. "$(dirname "$0")/lib.sh"

people=${FAULTS_MIXED:-600}
plan 4
for policy in hold resend; do
    queued "$policy" "$people" $policy
    set_smtp window 4
    set -- --chunking --seed 7
    for fault in CONNECT:421:20 EHLO:drop:20 MAIL:4xx:20 MAIL:drop:10 MAIL:421:10 RCPT:4xx:30 \
        RCPT:drop:10 DATA:4xx:20 BDAT:drop:5 BODY:drop:10 DOT:4xx:30 DOT:drop:20 DOT:late:20 \
        DOT:garbage:10 DOT:421:10 DOT:long:5 QUIT:drop:200; do
        set -- "$@" --fault $fault
    done
    to_sink "$policy.mail" "$@"
    hours=0
    while [ $hours -le 60 ] && [ "$(sql "SELECT count(*) > 0 FROM message WHERE state IN ('scheduled', 'deferred')")" = 1 ]; do
        NURTURE_NOW=$(date -d "+$hours hours" '+%Y-%m-%d %H:%M') n -q run 2>>"$TMP/runs.err" || true
        hours=$((hours + 4))
    done
    doubts=$(sql "SELECT count(*) FROM message WHERE state = 'in_doubt'")
    if [ $policy = hold ]; then
        ok "hold: there were doubts to hold ($doubts)" test "$doubts" -gt 0
    else
        is "resend: nothing stays in doubt" "$doubts" 0
    fi
    oracle "$policy: after $hours hours" "$doubts" "$TMP/$policy.mail.log"
    row 8 "$policy" "$figures hours=$hours"
    kill "$SINK_PID"
done
done_testing
