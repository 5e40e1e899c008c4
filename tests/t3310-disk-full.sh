#!/bin/sh
# t3310-disk-full.sh - nothing is sent that cannot be recorded, and sending
# goes on by itself when there is room again; on a small tmpfs
. "$(dirname "$0")/lib/lib.sh"

# A mount of our own, which nobody else sees and which ends with us.
if [ -z "${NURTURE_TEST_INSIDE:-}" ]; then
    unshare -rm sh -c 'mount -t tmpfs none "$1"' - "$TMP" 2>/dev/null ||
        skip_all "needs unshare(1) and a tmpfs of its own"
    export NURTURE_TEST_INSIDE=1 TESTS="$tests"
    trap - EXIT
    rm -rf "$TMP"
    exec unshare -rm sh "$0"
fi
mkdir "$TMP/state"
mount -t tmpfs -o size=96m none "$TMP/state"
trap 'umount -l "$TMP/state"; cleanup' EXIT
start_sink "$TMP/mail"
workspace "$TMP/ws"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
sql() { sqlite3 -separator ' ' "$DB" "$1"; }
states() { sql "SELECT state, count(*) FROM message GROUP BY 1"; }
fill() { # MB that stay free; 0: not a byte
    left=$(df -k --output=avail "$TMP/state" | tail -1)
    [ "$1" = 0 ] || head -c $((left * 1024 - $1 * 1048576)) /dev/zero >"$TMP/state/filler"
    [ "$1" != 0 ] || cat /dev/zero >"$TMP/state/filler" 2>/dev/null || true
}
people 40 >"$TMP/people.csv"
n -q candidates import "$TMP/people.csv" >/dev/null
n -q launch engineering-update --yes=40
plan 15

fill 40
status_is "too little room: the run fails for now" 4 n -q run
ok "and says how much" grep -qE 'only (39|40) MB are free.*below 64 MB' "$TMP/err"
is "nothing was sent" "$(find "$TMP/mail" -name '*.eml' | wc -l)" 0
is "nothing was claimed" "$(sql "SELECT count(*) FROM attempt")" 0
status_is "the doctor says so" 1 n doctor disk
rm "$TMP/state/filler"
ok "with room again, some leave" n -q run --limit 10

fill 0
got=0
n -q run >"$TMP/out" 2>"$TMP/err" || got=$?
is "not a byte: it fails for now" "$got" 4
is "nothing more was sent" "$(find "$TMP/mail" -name '*.eml' | wc -l)" 10
is "the database is whole" "$(sql "PRAGMA integrity_check")" ok
is "all others wait" "$(states)" "scheduled 30
sent 10"

# A run that is there all the time.
background "$NURTURE" -q -C "$TMP/ws" run --watch --every 1 2>"$TMP/watch.err"
watch=$!
wait_for "$TMP/watch.err"
ok "--watch goes on" kill -0 "$watch"
is "and sends nothing" "$(find "$TMP/mail" -name '*.eml' | wc -l)" 10
rm "$TMP/state/filler"
i=0
while [ "$(find "$TMP/mail" -name '*.eml' | wc -l)" -lt 40 ] && [ $i -lt 600 ]; do
    sleep 0.05
    i=$((i + 1))
done
kill "$watch"
wait "$watch" || true
is "until there is room: all leave" "$(states)" "sent 40"
is "each once" "$(cut -f1 "$TMP/mail.log" | wc -l) $(grep -h '^Message-ID:' "$TMP"/mail/*.eml | sort -u | wc -l)" "40 40"
is "none in doubt" "$(sql "SELECT count(*) FROM message WHERE state = 'in_doubt'")" 0
done_testing
