#!/bin/sh
# f03-power-loss.sh - the power goes at a random moment of a delivery, also in
# the middle of a checkpoint: what was not synced is gone, or is there in part.
# FAULTS_POWER cuts, each looked at in FAULTS_POWER_DISKS ways that the disk may
# have behaved; the next run goes on from one of them
# The disk is a model here: the real one need not be waited for.
if [ -w /dev/shm ] && [ "$(df -k --output=avail /dev/shm | tail -1)" -gt 300000 ]; then
    TMPDIR=/dev/shm
    export TMPDIR
fi
. "$(dirname "$0")/lib.sh"

cuts=${FAULTS_POWER:-16}
disks=${FAULTS_POWER_DISKS:-4}
${CC:-gcc} -shared -fPIC -pthread -o "$TMP/power-loss.so" "$faults/power-loss.c" -ldl 2>"$TMP/cc" ||
    skip_all "no compiler"
plan 9
queued power $((cuts * 12))
to_sink power.mail --latency 2
state=$XDG_STATE_HOME
at_rest=$TMP/at-rest journal=$TMP/journal

# cut WHEN N: a run with the power cut at that moment; how it ended in $status
cut() {
    rm -rf "$at_rest" "$journal"
    cp -a "$state" "$at_rest"
    status=0
    # every other run has a thread that waits for the disk
    env LD_PRELOAD="$TMP/power-loss.so" POWER_DIR="$state" POWER_JOURNAL="$journal" "$1=$2" \
        NURTURE_TESTING=1 NURTURE_ANSWERS_APART=$((i % 2 * 99 + 1)) "$NURTURE" -q -C "$ws" run 2>>"$TMP/errors" || status=$?
}
# disk SEED DIR [--no-sync]
disk() { python3 "$faults/power-loss.py" "$at_rest" "$journal" "$state" "$2" "$1" ${3:+"$3"}; }
# What no run has come after yet may be claimed or committing still.
holds() {
    python3 "$faults/oracle.py" "$(find "$1" -name nurture.db)" "$TMP/power.mail.log" \
        --planned "$planned" --at-rest >/dev/null 2>>"$TMP/said"
}
# 4,000 pages and more, which are the same ones again and again. (A row that is
# written as it was dirties no page.)
lengthen_log() {
    {
        echo "PRAGMA wal_autocheckpoint = 0;"
        passes=0
        while [ $passes -lt 20 ]; do
            echo "UPDATE candidate SET updated_at = updated_at + 1;"
            echo "UPDATE enrolment SET updated_at = updated_at + 1;"
            passes=$((passes + 1))
        done
    } >"$TMP/lengthen.sql"
    until [ "$(stat -c %s "$DB-wal" 2>/dev/null || echo 0)" -gt 17000000 ]; do
        sqlite3 -cmd ".dbconfig no_ckpt_on_close on" "$DB" <"$TMP/lengthen.sql" >/dev/null
    done
}
i=1 met=0 looked=0 wrong=0 homes=0
while [ $i -le "$cuts" ]; do
    if [ $((i % 4)) = 0 ]; then # the log is long: the next commit is followed by a checkpoint
        lengthen_log
        cut POWER_CUT_HOME $((i * 7 % 25 + 1))
        [ $status != 137 ] || homes=$((homes + 1))
    else
        cut POWER_CUT $((i * 53 % 400 + 3))
    fi
    if [ $status = 137 ]; then
        met=$((met + 1)) j=1
        while [ $j -le "$disks" ]; do
            disk $((i * 1000 + j)) "$TMP/disk"
            looked=$((looked + 1))
            holds "$TMP/disk" || wrong=$((wrong + 1))
            j=$((j + 1))
        done
        # looking at a disk changes it: once more, for the next run
        disk $((i * 1000 + 1)) "$TMP/disk"
        rm -rf "$state"
        mv "$TMP/disk" "$state"
        [ $((i % 4)) != 0 ] || sql "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
    fi
    i=$((i + 1))
done
ok "the power went while runs were at work ($met of $cuts)" test $((met * 4)) -ge $((cuts * 3))
ok "also in the middle of checkpoints ($homes)" test $homes -gt 0
ok "and before all mail had left" test "$(wc -l <"$TMP/power.mail.log")" -lt "$planned"
is "whatever the disk kept is whole and says what happened ($looked disks)" $wrong 0
tail -5 "$TMP/said" 2>/dev/null
ok "the last run, with power, ends well" n -q run
oracle "$met times no power" $((2 * met)) "$TMP/power.mail.log"
row 3 "$met cuts, $homes in a checkpoint" "disks=$looked $figures"

# The test would notice: a disk that lies about a sync forgets marks.
queued lies 60
to_sink power.mail.lies --latency 2
state=$XDG_STATE_HOME
cut POWER_CUT 300
is "a cut on a disk that lies" "$status" 137
mv "$TMP/power.mail.lies.log" "$TMP/power.mail.log"
j=1 noticed=0
while [ $j -le 10 ]; do
    disk $j "$TMP/disk" --no-sync
    holds "$TMP/disk" || noticed=$((noticed + 1))
    j=$((j + 1))
done
ok "is noticed ($noticed of 10)" test $noticed -gt 0
disk 1 "$TMP/disk"
ok "the same cut on an honest one is not" holds "$TMP/disk"
done_testing
