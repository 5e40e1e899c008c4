#!/bin/sh
# t2300-test-mail.sh - a mail to oneself by the real way, that counts nowhere
. "$(dirname "$0")/lib/lib.sh"
plan 12
start_sink "$TMP/sink"
workspace "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
sql() { sqlite3 "$DB" "$1"; }
people 3 >"$TMP/p.csv"
n candidates import "$TMP/p.csv" >/dev/null
DB=$(find "$XDG_STATE_HOME" -name nurture.db | head -1)
status_is "--to is needed" 2 n test backend-nurture/team
status_is "a test mail is sent" 0 n test backend-nurture/team --to me@elsewhere.example --as anna
m=$(grep -rl "^Subject: \[TEST\]" "$TMP/sink" | head -1)
ok "its subject says so" test -n "$m"
ok "it goes where it should" grep -qi "^To: .*me@elsewhere.example" "$m"
ok "it is filled for the person" grep -q "Anna" "$m"
is "it has no unsubscribe header" "$(grep -ci '^List-Unsubscribe' "$m")" "0"
is "its row is a test" "$(sql "SELECT kind || ' ' || state FROM message")" "test sent"
is "nobody is enrolled" "$(sql "SELECT count(*) FROM enrolment")" "0"
is "it counts for nobody" "$(sql "SELECT count(*) FROM event WHERE candidate_id IS NOT NULL AND kind = 'sent'")" "0"
n test backend-nurture/team --to me@elsewhere.example --as anna
is "it can be sent again" "$(sql "SELECT count(*) FROM message WHERE state = 'sent'")" "2"
is "each has its own id" "$(grep -rh '^Message-ID:' "$TMP/sink" | sort -u | wc -l | tr -d ' ')" "2"
status_is "an unknown mail is an error" 1 n test backend-nurture/nosuch --to me@elsewhere.example
done_testing
