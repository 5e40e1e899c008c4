#!/bin/sh
# t3220-session-limit.sh - a server that takes five mails in a session and then
# says 452 gets the others in other sessions, at once
. "$(dirname "$0")/lib/lib.sh"

plan 8
for way in pipelined one-by-one; do
    : >"$TMP/$way.log"
    set --
    [ $way = pipelined ] || set -- --plain-only
    background python3 "$tests/lib/tls-smtp.py" "$TMP/$way.port" "$TMP/$way.log" none none --per-session 5 "$@"
    wait_for "$TMP/$way.port"
    SMTP_PORT=$(cat "$TMP/$way.port")
    workspace "$TMP/$way"
    people 23 >"$TMP/people.csv"
    "$NURTURE" -q -C "$TMP/$way" candidates import "$TMP/people.csv" >/dev/null
    "$NURTURE" -q -C "$TMP/$way" launch engineering-update --yes=23
    ok "$way: a run" "$NURTURE" -q -C "$TMP/$way" run
    db=$(find "$XDG_STATE_HOME" -path "*$way*" -name nurture.db)
    is "$way: all are sent" "$(sqlite3 -separator ' ' "$db" "SELECT state, count(*) FROM message GROUP BY 1")" "sent 23"
    is "$way: and the server got each once" "$(grep -c message "$TMP/$way.log") $(grep -oE 'RCPT TO:<[^>]*>' "$TMP/$way.log" | sort -u | wc -l)" "23 23"
    ok "$way: it had said 452" test "$(grep -c MAIL "$TMP/$way.log")" -gt 23
done
done_testing
