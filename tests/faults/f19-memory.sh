#!/bin/sh
# f19-memory.sh - the address space limited, a little more each time, until a
# run succeeds
. "$(dirname "$0")/lib.sh"

people=200
plan 4
queued memory $people
to_sink memory.mail --latency 1 --chunking
kb=${FAULTS_MEMORY_FROM:-20000} step=${FAULTS_MEMORY_STEP:-3000} tries=0 enough=0 crashes=0
while [ $enough = 0 ] && [ $tries -lt 200 ]; do
    status=0
    # no core: a GLib that gets no memory aborts
    prlimit --core=0 --as=$((kb * 1024)) "$NURTURE" -q -C "$ws" run >"$TMP/err" 2>&1 || status=$?
    [ $status != 0 ] || enough=$kb
    [ $status != 139 ] || crashes=$((crashes + 1))
    kb=$((kb + step)) tries=$((tries + 1))
done
ok "a run succeeds in the end ($enough kB, after $tries tries)" test $enough -gt 0
is "none ended with a segmentation fault" $crashes 0
ok "and some did not" test $tries -gt 1
n -q run
oracle "$tries runs short of memory" $((2 * tries)) "$TMP/memory.mail.log"
row 19 "address space from ${FAULTS_MEMORY_FROM:-20000} kB" "ends=$((tries - 1)) $figures enough-kB=$enough"
done_testing
