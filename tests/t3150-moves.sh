#!/bin/sh
# t3150-moves.sh - what waits is moved: by the length of a pause, in pieces that
# may be ended anywhere; and by a new holiday or another window
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"
plan 18
start_sink "$TMP/sink"
workspace "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
sql() { sqlite3 -cmd '.timeout 10000' "$DB" "$1"; }
utc() { echo "$(date -u -d "$1" +%s)000"; }
sed -i "s/cap: .*/cap: unlimited/" "$TMP/ws/nurture.yaml"
people 1300 >"$TMP/p.csv"
n --now "2026-03-02 08:00" candidates import "$TMP/p.csv" >/dev/null

# A pause of 24 hours. 700 wait in the outbox, 600 for their step; two of the
# outbox are on hold by hand and stay.
news long
n --now "2026-03-02 08:00" launch long --yes=1300
kill "$SINK_PID"
wait "$SINK_PID" 2>/dev/null || true
n --now "2026-03-02 10:00" run >/dev/null 2>&1 || true # nobody takes it
sql "UPDATE enrolment SET state = 'active', due_at = $(utc '2026-03-03 10:00') + candidate_id % 7 WHERE candidate_id > 700"
sql "DELETE FROM message WHERE candidate_id > 700; UPDATE message SET not_before = $(utc '2026-03-02 11:00') + candidate_id % 3, priority = 10 + candidate_id % 2, not_after = $(utc '2026-03-09 10:00')"
for id in $(sql "SELECT message_id FROM message ORDER BY 1 LIMIT 2"); do n queue hold "$id"; done
n --now "2026-03-02 12:00" pause long
sums() { sql "SELECT (SELECT count(*) || ' ' || sum(due_at) FROM enrolment WHERE candidate_id > 700), (SELECT count(*) || ' ' || sum(not_before) FROM message WHERE not_before < 253402300799000)"; }
before=$(sums)
day=86400000
later() { # SUMS MS: each row of them later by that
    python3 -c 'import re, sys
n, at, m, by = map(int, re.split("[ |]", sys.argv[1]))
ms = int(sys.argv[2])
print(f"{n} {at + n * ms}|{m} {by + m * ms}")' "$1" "$2"
}
moved=$(later "$before" $day)

# It is ended in the middle, twice: once among the people, once among the mail.
sql "CREATE TRIGGER stop_people BEFORE UPDATE ON enrolment WHEN OLD.candidate_id = 750 BEGIN SELECT RAISE(ABORT, 'no further'); END"
status_is "a resume that cannot go on fails" 6 n --now "2026-03-03 12:00" resume long
is "some people have moved" "$(sql "SELECT count(*) FROM enrolment WHERE candidate_id > 700 AND due_at > $(utc '2026-03-04 09:00')")" 500
is "and it stays paused" "$(sql "SELECT state FROM campaign WHERE campaign = 'long'")" paused
sql "DROP TRIGGER stop_people; CREATE TRIGGER stop_mail BEFORE UPDATE ON message WHEN OLD.candidate_id = 1 BEGIN SELECT RAISE(ABORT, 'no further'); END"
status_is "nor does the second one end" 6 n --now "2026-03-03 12:00" resume long
is "all people have moved once" "$(sums | cut -d'|' -f1)" "$(echo "$moved" | cut -d'|' -f1)"
sql "DROP TRIGGER stop_mail"
ok "the third one does" n --now "2026-03-03 12:00" resume long
is "everything has moved by the pause, once" "$(sums)" "$moved"
is "what is on hold has not" "$(sql "SELECT count(*) FROM message WHERE not_before >= 253402300799000")" 2
is "it runs" "$(sql "SELECT state FROM campaign WHERE campaign = 'long'")" running

# Ended in the middle, and resumed a day later: two days for all.
n --now "2026-03-03 12:00" pause long
before=$(sums)
sql "CREATE TRIGGER stop_people BEFORE UPDATE ON enrolment WHEN OLD.candidate_id = 750 BEGIN SELECT RAISE(ABORT, 'no further'); END"
n --now "2026-03-04 12:00" resume long 2>/dev/null || true
sql "DROP TRIGGER stop_people"
n --now "2026-03-05 12:00" resume long
is "a day later it makes up for both days" "$(sums)" \
    "$(later "$before" $((2 * day)))"
# killed, whenever it likes
n --now "2026-03-05 12:00" pause long
before=$(sums)
i=0
while [ $i -lt 10 ]; do
    timeout -s KILL "0.0$((i + 1))" "$NURTURE" -q -C "$TMP/ws" --now "2026-03-06 12:00" resume long 2>/dev/null && break
    i=$((i + 1))
done
[ "$(sql "SELECT state FROM campaign WHERE campaign = 'long'")" = running ] || n --now "2026-03-06 12:00" resume long
is "killed again and again, it moves nothing twice" "$(sums)" \
    "$(later "$before" $day)"
sql "DELETE FROM message; DELETE FROM event; UPDATE enrolment SET state = 'done'; UPDATE campaign SET state = 'ended'"

# A new holiday.
news may "start: 2026-05-01 10:00"
n --now "2026-04-20 08:00" launch may --yes=1300
n --now "2026-04-20 09:00" run >/dev/null
sql "UPDATE enrolment SET state = 'waiting' WHERE campaign = 'may' AND candidate_id <= 5"
sql "INSERT INTO message (message_id, kind, dedupe_key, candidate_id, campaign, step, cycle, snapshot, rcpt, rcpt_hmac, rcpt_domain, state, priority, not_before, not_after, created_at, updated_at)
    SELECT 'm' || c.candidate_id, 'campaign', 'm' || c.candidate_id, c.candidate_id, 'may', e.step, 1, e.snapshot, c.email, c.address_hmac, 'example.org', 'deferred', 50, $(utc '2026-05-01 12:00'), $(utc '2026-05-08 12:00'), 0, 0
    FROM candidate c JOIN enrolment e ON e.candidate_id = c.candidate_id AND e.campaign = 'may' WHERE c.candidate_id <= 5"
mkdir "$TMP/ws/holidays"
printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260501\r\nSUMMARY:Tag der Arbeit\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n' >"$TMP/ws/holidays/DE.ics"
said=$("$NURTURE" -C "$TMP/ws" --now "2026-04-21 09:00" run 2>"$TMP/err")
ok "a new holiday is told" sh -c 'echo "$1" | grep -q "have changed: 1,300 mails move to their next moment"' - "$said"
days_of() { sql "SELECT group_concat(d, ' ') FROM (SELECT DISTINCT strftime('%m-%d %H:%M', $1 / 1000, 'unixepoch') d FROM $2)"; }
is "the steps are no longer on that day" "$(days_of due_at "enrolment WHERE campaign = 'may' AND state = 'active'")" "05-01 22:00"
is "nor is the mail in the outbox" "$(days_of not_before message)" "05-01 22:00"
is "status agrees" "$("$NURTURE" -C "$TMP/ws" --now "2026-04-21 09:00" --json status | grep -c '"2026-05-01')" 0
said=$("$NURTURE" -C "$TMP/ws" --now "2026-04-21 10:00" run 2>"$TMP/err")
ok "told once" sh -c '! echo "$1" | grep -q "have changed"' - "$said"

# Another window: mail moves into it, and never back.
sed -i "s/window: always/window: Mon-Fri 09:00-17:00 recipient/" "$TMP/ws/nurture.yaml"
n --now "2026-04-22 10:00" run >/dev/null
is "another window moves all of it" "$(days_of due_at "enrolment WHERE campaign = 'may' AND state = 'active'") $(days_of not_before message)" "05-04 07:00 05-04 07:00"
sed -i "s/window: Mon-Fri 09:00-17:00 recipient/window: always/" "$TMP/ws/nurture.yaml"
rm -r "$TMP/ws/holidays"
n --now "2026-04-23 10:00" run >/dev/null
is "nothing comes sooner" "$(days_of due_at "enrolment WHERE campaign = 'may' AND state = 'active'") $(days_of not_before message)" "05-04 07:00 05-04 07:00"
done_testing
