#!/bin/sh
# t3300-restore.sh - copy, send, restore, run: nobody gets a mail twice, and
# whoever opted out stays out
. "$(dirname "$0")/lib/lib.sh"

start_sink "$TMP/mail"
workspace "$TMP/ws"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
at() { export NURTURE_NOW="$1"; }
sql() { sqlite3 -separator ' ' "$DB" "$1"; }
states() { sql "SELECT state, count(*) FROM message GROUP BY 1"; }
twice() { grep -h '^Message-ID:' "$TMP"/mail/*.eml | sort | uniq -d; }
sent() { find "$TMP/mail" -name '*.eml' | wc -l; }
at "2026-03-03 09:00"
people 12 >"$TMP/people.csv"
n -q candidates import "$TMP/people.csv" >/dev/null
control=$(n plan backend-nurture --json | grep -o '"control":[0-9]*' | cut -d: -f2)
n -q launch backend-nurture "--yes=$((12 - control))"
steps=$((12 - control))
plan 37

# 1. The copy: after the launch, before anything left.
ok "backup" n backup "$TMP/copy.db"
is "only its owner may read it" "$(stat -c %a "$TMP/copy.db")" 600
is "it is whole" "$(sqlite3 "$TMP/copy.db" "PRAGMA integrity_check")" ok
copy=$(sha256sum <"$TMP/copy.db")
status_is "a copy is not written over" 3 n backup "$TMP/copy.db"
is "and was not" "$(sha256sum <"$TMP/copy.db")" "$copy"
is "nothing half-written is left" "$(find "$TMP" -name '*.part' | wc -l)" 0

# 2. Two weeks of sending, an opt-out and somebody new.
daily() { # FIRST N: a run a day
    for day in $(days "$1" "$2"); do
        at "$day 10:00"
        n -q run
    done
}
daily 2026-03-03 7
at "2026-03-10 10:00"
sed -n 1p "$TMP/people.csv" >"$TMP/new.csv"
echo "late@example.org,Lea,Lang,DE,senior,backend;sre,no,2026-01-05,you joined our talent community" >>"$TMP/new.csv"
n -q candidates import "$TMP/new.csv" >/dev/null
daily 2026-03-10 8
sql "INSERT INTO suppression (address_hmac, scope, reason, at) SELECT address_hmac, 'all', 'opted_out', 1773741600000 FROM candidate WHERE email = 'p3@example.org'"
before=$(sent)
late=$(grep -l '^To:.*late@example.org' "$TMP"/mail/*.eml | wc -l) # the copy does not know her
ok "several steps left since the copy ($before)" test "$before" -gt $((steps * 2))

# 3. Not while anybody has it open; not a damaged copy; not without a word.
background sh -c 'exec 3<"$1"; echo >"$2"; exec sleep 600' - "$DB" "$TMP/held"
holder=$!
wait_for "$TMP/held"
status_is "refused while a process has it open" 3 n restore "$TMP/copy.db" --yes
ok "which is named" grep -q "process $holder has" "$TMP/err"
kill "$holder"
wait "$holder" || true
status_is "nobody types for us" 3 n restore "$TMP/copy.db"
head -c 20000 "$TMP/copy.db" >"$TMP/cut.db"
status_is "half a copy" 6 n restore "$TMP/cut.db" --yes
status_is "no copy" 1 n restore "$TMP/none.db" --yes
is "the database is as it was" "$(sql "SELECT count(*) FROM message WHERE state = 'sent'")" "$before"

# 4. With the database that is replaced as evidence.
ok "restore" n restore "$TMP/copy.db" --yes
is "the copy is unchanged" "$(sha256sum <"$TMP/copy.db")" "$copy"
ok "the replaced one is kept" test -e "$(dirname "$DB")/nurture.db.before-20260317-1100"
is "what left is known to have left" "$(states)" "sent $((before - late))"
is "the opt-out is there" "$(sql "SELECT c.email FROM suppression JOIN candidate c USING (address_hmac)")" p3@example.org
ok "the next run" n -q run
at "2026-03-24 10:00"
ok "and that of the next week" n -q run
is "no mail twice" "$(twice)" ""
at "2026-05-01 10:00"
n -q run
n -q run
is "nor later" "$(twice)" ""

# 5. Everything lost but the copy and the relay's log.
at "2026-05-01 12:00"
rm -f "$DB" "$DB-wal" "$DB-shm"
i=0
for f in "$TMP"/mail/*.eml; do
    i=$((i + 1))
    # what was sent by then, but for three
    id=$(sed -n 's/^Message-ID: *//p' "$f" | tr -d '\r')
    [ $i -le 3 ] && continue
    echo "Mar 10 10:00:01 mx postfix/cleanup[12]: 4F00A$i: message-id=$id"
    echo "Mar 10 10:00:01 mx postfix/qmgr[13]: 4F00A$i: from=<b@mail.kestrel.example>, size=9, nrcpt=1 (queue active)"
done >"$TMP/maillog"
# A mail that began and was never accepted is no evidence; nor is a stranger's.
echo "Mar 10 10:00:01 mx postfix/cleanup[12]: 4F00B1: message-id=<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x.example>" >>"$TMP/maillog"
ok "restore from the copy and a log" sh -c '"$1" -C "$2" --json restore "$3" --yes --log "$4" >"$5"' - "$NURTURE" "$TMP/ws" "$TMP/copy.db" "$TMP/maillog" "$TMP/result"
ok "says what is in doubt" grep -q '"in_doubt":[1-9]' "$TMP/result"
ok "and what the log cleared" grep -q '"cleared":[1-9]' "$TMP/result"
is "that is what the rows say" "$(sql "SELECT count(*) FROM message WHERE state = 'in_doubt'")" "$(grep -o '"in_doubt":[0-9]*' "$TMP/result" | cut -d: -f2)"
ok "a run" n -q run
at "2026-05-08 10:00"
ok "another" n -q run
is "no mail twice, even without the database" "$(twice)" ""
is "and what is in doubt can be listed" "$(n queue list --state in_doubt --json | wc -l)" "$(sql "SELECT count(*) FROM message WHERE state = 'in_doubt'")"

# 6. Killed in the middle: nothing is sent until it is repeated.
at "2026-05-08 11:00"
rm -f "$DB" "$DB-wal" "$DB-shm"
n -q restore "$TMP/copy.db" --yes
sql "INSERT INTO fact VALUES ('restoring', '1')"
before=$(sent)
status_is "a restore that was not finished stops sending" 3 n -q run
is "nothing left" "$(sent)" "$before"
ok "again" n -q restore "$TMP/copy.db" --yes
ok "and a run is allowed" n -q run
is "no mail twice" "$(twice)" ""

# 7. Keys and copy belong together.
mv "$(dirname "$DB")/keys" "$TMP/keys"
status_is "not without the keys" 1 n restore "$TMP/copy.db" --yes
ok "which is said" grep -q "put the keys back" "$TMP/err"
mv "$TMP/keys" "$(dirname "$DB")/keys"
done_testing
