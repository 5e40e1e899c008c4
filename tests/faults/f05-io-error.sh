#!/bin/sh
# f05-io-error.sh - the database's n-th sync or write fails with EIO, and all
# after it; FAULTS_ERRORS runs of each, then a disk that works. And one that is
# full for some writes in the middle of a run
. "$(dirname "$0")/lib.sh"

errors=${FAULTS_ERRORS:-25}
${CC:-gcc} -shared -fPIC -o "$TMP/io-error.so" "$faults/io-error.c" -ldl 2>"$TMP/cc" ||
    skip_all "no compiler"
plan 9
for call in sync write; do
    queued $call $((errors * 12))
    to_sink $call.mail --latency 1
    step=1 # a run begins with many writes and few syncs
    [ $call = sync ] || step=12
    i=1 broken=0 wrong=0
    while [ $i -le "$errors" ]; do
        status=0
        env LD_PRELOAD="$TMP/io-error.so" IO_ERROR_CALL=$call IO_ERROR_AT=$((i * step)) \
            "$NURTURE" -q -C "$ws" run 2>>"$TMP/errors" || status=$?
        case $status in
        0) ;;
        4 | 6) broken=$((broken + 1)) ;;
        *)
            broken=$((broken + 1)) wrong=$((wrong + 1))
            echo "# $call $i: status $status"
            ;;
        esac
        i=$((i + 1))
    done
    ok "$call: the error met the run ($broken of $errors)" test "$broken" -gt 0
    is "$call: each ended with a status that says so" "$wrong" 0
    n -q run
    # each such end leaves at most one doubt for each of two connections
    oracle "$call: $errors errors" $((2 * broken)) "$TMP/$call.mail.log"
    row 5 "EIO at a $call" "ends=$broken $figures"
    kill "$SINK_PID"
done
# Results that cannot be written are kept until they can.
queued full 400
to_sink full.mail --latency 1
status=0
for at in 100 200 300 400 500; do
    env LD_PRELOAD="$TMP/io-error.so" IO_ERROR_CALL=write IO_ERROR_AT=$at IO_ERROR_TIMES=7 \
        "$NURTURE" -q -C "$ws" run --limit 80 2>>"$TMP/full.err" || status=$?
done
is "full for some writes: every run ends well" "$status" 0
ok "and each has met it" test "$(grep -c 'store=commit .*action=retry' "$TMP/full.err")" -ge 5
n -q run
oracle "full for a moment, five times" 0 "$TMP/full.mail.log"
row 4 "full for some writes of a run" "runs=5 $figures"
done_testing
