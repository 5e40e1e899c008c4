#!/bin/sh
# f06-locked.sh - a writer that holds the database for seconds, a reader that
# never ends, and eight runs with eight writers at once
. "$(dirname "$0")/lib.sh"

plan 12
# holder SQL: a process of Python's that says it and goes on holding, until
# $TMP/let-go is there; it is $holder
holder() {
    rm -f "$TMP/held" "$TMP/let-go"
    python3 - "$DB" "$1" "$TMP/held" "$TMP/let-go" <<'PY' &
import os, sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
db.execute(sys.argv[2].split(";")[0])
db.execute(sys.argv[2].split(";")[1]).fetchone()
open(sys.argv[3], "w").write("held\n")
while not os.path.exists(sys.argv[4]):
    time.sleep(0.02)
db.rollback() if db.in_transaction else None
PY
    holder=$!
    pids="$pids $holder"
    wait_for "$TMP/held"
}
let_go() {
    : >"$TMP/let-go"
    wait "$holder"
}

# 1. A writer keeps the lock while a run is there.
queued writer 200
to_sink writer.mail --latency 1
holder "BEGIN IMMEDIATE;UPDATE campaign SET name = name"
"$NURTURE" -q -C "$ws" run 2>"$TMP/err" &
run=$!
sleep "${FAULTS_LOCK_SECONDS:-3}" # the length of the fault
is "nothing leaves while the database cannot be written" "$(wc -l <"$TMP/writer.mail.log")" 0
let_go
status=0
wait $run || status=$?
is "the run that waited ends well, and says nothing ($(cat "$TMP/err"))" "$status" 0
oracle "a writer held the database" 0 "$TMP/writer.mail.log"
row 6 "a writer for ${FAULTS_LOCK_SECONDS:-3} s" "$figures"
kill "$SINK_PID"

# 2. A reader keeps the oldest page of the WAL for as long as the run lasts: it
# ends, before the WAL has 64 MB. Another one leaves after a while.
queued reader 3000
to_sink reader.mail
holder "BEGIN;SELECT count(*) FROM message"
status_is "a run beside a reader who stays ends for now" 4 n run
ok "says who it is ($(tail -1 "$TMP/err"))" grep -q "mail waits: for [0-9]* s process $holder (python3) has been reading the database" "$TMP/err"
wal=$(stat -c %s "$DB-wal")
ok "and keeps the WAL below 64 MB ($((wal / 1024)) kB)" test "$wal" -lt 67108864
let_go
holder "BEGIN;SELECT count(*) FROM message"
n run 2>"$TMP/run.err" &
run=$!
i=0
until grep -q 'store=log' "$TMP/run.err" || [ $i -gt 1200 ]; do sleep 0.05; i=$((i + 1)); done
let_go
status=0
wait $run || status=$?
is "a run beside a reader who leaves ends well" $status 0
wal2=$(stat -c %s "$DB-wal")
ok "the WAL was no longer then ($((wal2 / 1024)) kB)" test "$wal2" -lt 67108864
n -q run
oracle "a reader held its snapshot" 0 "$TMP/reader.mail.log"
row 6 "a reader all the time" "$figures WAL-kB=$((wal / 1024)) later-kB=$((wal2 / 1024))"
kill "$SINK_PID"

# 3. Eight runs and eight writers.
queued eight 1600
to_sink eight.mail --latency 2
runs=
for i in 1 2 3 4 5 6 7 8; do
    "$NURTURE" -q -C "$ws" run 2>>"$TMP/eight.err" &
    runs="$runs $!"
    (for j in 1 2 3 4 5 6 7 8 9 10; do
        n -q candidates add "w$i-$j@example.org" first_name=W >/dev/null || exit 1
    done) 2>>"$TMP/eight.err" &
    runs="$runs $!"
done
status=0
for pid in $runs; do wait "$pid" || status=$?; done
is "eight runs and eight writers end well ($(head -2 "$TMP/eight.err"))" $status 0
is "all that was written is there" "$(sql "SELECT count(*) FROM candidate WHERE email LIKE 'w%'")" 80
n -q run
oracle "eight runs and eight writers at once" 0 "$TMP/eight.mail.log"
row 12 "eight runs, eight writers" "$figures"
done_testing
