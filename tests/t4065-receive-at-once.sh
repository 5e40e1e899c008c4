#!/bin/sh
# t4065-receive-at-once.sh - many receive at once: each mail is read once, and
# none is taken for one that ends its readers
. "$(dirname "$0")/lib/lib.sh"
plan 4

SMTP_PORT=9 # nothing is sent
workspace "$TMP/ws"
people 2 >"$TMP/people.csv"
"$NURTURE" -q -C "$TMP/ws" candidates import "$TMP/people.csv" 2>/dev/null
sql() { sqlite3 -cmd '.timeout 30000' "$DB" "$1"; }
mail() { # NUMBER
    printf 'From: p1@example.org\nTo: talent@kestrel.example\nSubject: Mail %s\nMessage-ID: <%s@x>\n\nI have a question.\n' "$1" "$1"
}
# As a server does that has a queue to empty.
status=0 all=
for i in $(seq 40); do
    mail "$i" | "$NURTURE" -q -C "$TMP/ws" receive 2>>"$TMP/err" &
    all="$all $!"
done
for pid in $all; do wait "$pid" || status=$?; done
is "every process took its mail" "$status" 0
is "each mail is done with, once" "$(sql "SELECT state, count(*) FROM inbound GROUP BY 1")" "done|40"
is "and was looked into once" "$(sql "SELECT max(tries) FROM inbound")" 1
is "nothing waits or is set aside" "$(find "$XDG_STATE_HOME" -path '*spool/new/*' -o -path '*spool/quarantine/*')" ""
done_testing
