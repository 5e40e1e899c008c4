#!/bin/sh
# f05-io-error.sh - the database's n-th sync or write fails with EIO, and all
# after it; FAULTS_ERRORS runs of each, then a disk that works
. "$(dirname "$0")/lib.sh"

errors=${FAULTS_ERRORS:-25}
${CC:-gcc} -shared -fPIC -o "$TMP/io-error.so" "$faults/io-error.c" -ldl 2>"$TMP/cc" ||
    skip_all "no compiler"
plan 6
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
done_testing
