#!/bin/sh
# t3130-schedule.sh - what comes when: warm-up, catch-up, lateness, pauses,
# priorities, topics
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"
plan 36
start_sink "$TMP/sink"
workspace "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
sql() { sqlite3 "$DB" "$1"; }
count() { sql "SELECT count(*) FROM message WHERE state = '$1'"; }
due() { sql "SELECT group_concat(t) FROM (SELECT DISTINCT strftime('%Y-%m-%d %H:%M', due_at / 1000, 'unixepoch') AS t FROM enrolment WHERE campaign = '$1' AND state = 'active' ORDER BY 1)"; }
clean() { sql "DELETE FROM message; DELETE FROM event; DELETE FROM brake; DELETE FROM bucket; UPDATE enrolment SET state = 'done'; UPDATE campaign SET state = 'ended'"; }
at() { n --now "$1" run >/dev/null; }
sed -i "s/cap: .*/cap: unlimited/" "$TMP/ws/nurture.yaml"
people 120 >"$TMP/p.csv"
n --now "2026-03-02 08:00" candidates import "$TMP/p.csv" >/dev/null

# warm-up: 50 on the first day, those who care most; then 100
sed -i "s/^sending:/sending:\n  warm_up: 2026-03-02/" "$TMP/ws/nurture.yaml"
sql "INSERT INTO score (candidate_id, scaled, events, updated_at) SELECT candidate_id, 1000 - candidate_id % 7, 1, 0 FROM candidate WHERE candidate_id > 70"
news warm
n --now "2026-03-02 10:00" plan warm --json >"$TMP/plan" 2>/dev/null
is "the plan shows the volume of each day" "$(sed 's/.*"days":\(\[[^]]*\]\).*/\1/' "$TMP/plan")" \
    '[{"date":"2026-03-02","people":50},{"date":"2026-03-03","people":70}]'
n --now "2026-03-02 10:00" launch warm --yes=120
at "2026-03-02 10:00"
is "the first day's budget" "$(count sent)" 50
is "goes to the most engaged" "$(sql "SELECT count(*) FROM message WHERE state = 'sent' AND candidate_id > 70")" 50
at "2026-03-02 18:00"
is "is not exceeded" "$(count sent)" 50
is "the others wait for the next day" "$(due warm)" "2026-03-02 23:00"
at "2026-03-03 00:30"
is "when there is room for them" "$(count sent)" 120
sed -i "/warm_up/d" "$TMP/ws/nurture.yaml"
clean

# catch-up: 26 hours without a run
news late "start: 2026-04-01 10:00"
n --now "2026-03-31 10:00" launch late --yes=120
at "2026-04-02 12:00"
is "nothing leaves in a burst" "$(count sent)" 1
spread=$(sql "SELECT (max(due_at) - min(due_at)) / 60000 FROM enrolment WHERE campaign = 'late' AND state = 'active'")
ok "it is spread at twice the usual pace ($spread minutes)" test "$spread" -gt 20 -a "$spread" -lt 200
i=12
while [ $i -lt 24 ]; do
    at "2026-04-02 $i:59"
    i=$((i + 1))
done
is "all of it leaves on that day" "$(count sent)" 120
clean

# a mail that is only a little late leaves at once
news little "start: 2026-04-08 10:00"
n --now "2026-04-07 10:00" launch little --yes=120
at "2026-04-08 09:30"
is "up to two hours late is on time" "$(count sent)" 120
# never two within two business days
news soon "start: 2026-04-08 12:00"
n --now "2026-04-08 09:45" launch soon --yes=120
at "2026-04-08 09:50"
at "2026-04-08 18:00"
is "a late mail keeps its distance from another one" "$(due soon | cut -c 1-10)" "2026-04-10"
clean

# where a run comes once a day, a day is not late
news daily "start: 2026-04-09 13:00"
for day in $(days 2026-04-07 4); do
    [ "$day" != 2026-04-09 ] || n --now "$day 08:00" launch daily --yes=120
    at "$day 10:00"
done
is "a daily run sends what was due since yesterday" "$(count sent)" 120
clean

# what the rate leaves over at the end of the window waits for the next one,
# and stands in nobody's way
news rated "send_window: Mon-Fri 09:00-17:00" "rate: 30 per hour"
n --now "2026-04-14 14:00" launch rated --yes=120
at "2026-04-14 14:00"
is "an hour's rate leaves" "$(count sent)" 30
news night "send_window: Mon-Fri 09:00-22:00" "priority: 90"
n --now "2026-04-14 17:00" launch night --yes=120
at "2026-04-14 17:00"
is "the rest is moved at once" "$(sql "SELECT strftime('%Y-%m-%d %H:%M', not_before / 1000, 'unixepoch') || ' ' || count(*) FROM message WHERE campaign = 'rated' AND state = 'scheduled' GROUP BY not_before")" "2026-04-15 07:00 90"
is "other mail leaves" "$(sql "SELECT count(*) FROM message WHERE campaign = 'night' AND state = 'sent'")" 120
at "2026-04-15 07:10"
is "on the next day it goes on" "$(sql "SELECT count(*) FROM message WHERE campaign = 'rated' AND state = 'sent'")" 60
clean

# too old
news old "start: 2026-05-01 10:00" "expires: 3d"
n --now "2026-04-30 10:00" launch old --yes=120
at "2026-05-06 10:00"
is "what could not leave in time is not sent" "$(count sent)" 0
is "and its people are through" "$(sql "SELECT count(*) FROM enrolment WHERE campaign = 'old' AND state = 'done'")" 120
clean

# pause and resume
news pause1 "start: 2026-06-01 10:00"
n --now "2026-05-31 10:00" launch pause1 --yes=120
n --now "2026-05-31 12:00" pause pause1
"$NURTURE" -C "$TMP/ws" --now "2026-06-02 12:00" resume pause1 >"$TMP/volume" 2>"$TMP/err"
is "a pause shifts everything by its length" "$(due pause1)" "2026-06-03 08:00"
is "and the volume is printed" "$(cat "$TMP/volume")" "  2026-06-03 10:00       120 due"
status_is "what is not paused cannot be resumed" 1 n resume pause1
clean
news pause2 "start: 2026-06-01 10:00"
n --now "2026-05-31 10:00" launch pause2 --yes=120
n --now "2026-05-31 12:00" pause pause2
at "2026-06-02 11:00"
at "2026-06-02 11:30"
n --now "2026-06-02 12:00" resume pause2 --catch-up
is "--catch-up leaves the times" "$(due pause2)" "2026-06-01 08:00"
at "2026-06-02 12:01"
ok "and sends no burst" test "$(count sent)" -lt 5
clean
news pause3 "start: 2026-06-01 10:00"
n --now "2026-05-31 10:00" launch pause3 --yes=120
n --now "2026-06-01 09:30" run --limit 20 >/dev/null
n --now "2026-06-01 10:40" pause pause3
n --now "2026-06-02 12:00" resume pause3 --skip
is "--skip leaves out what is overdue" "$(sql "SELECT count(*) FROM enrolment WHERE campaign = 'pause3' AND state = 'done'")" 120
is "what was queued is cancelled" "$(count cancelled)" 100
status_is "only one of them" 2 n resume pause3 --skip --catch-up
clean

# the cap, and who goes first
sed -i "s/cap: .*/cap: 1 per 3d/" "$TMP/ws/nurture.yaml"
news second "priority: 70"
news first "priority: 10"
n --now "2026-07-01 09:00" launch second --yes=120
n --now "2026-07-01 09:00" launch first --yes=120
at "2026-07-01 10:00"
is "the cap lets one through" "$(count sent)" 120
is "the campaign of the lower number" "$(sql "SELECT DISTINCT campaign FROM message WHERE state = 'sent'")" "first"
at "2026-07-03 10:00"
is "the other one waits" "$(count sent)" 120
at "2026-07-04 10:10"
is "and is not lost" "$(count sent)" 240
clean
sed -i "s/cap: .*/cap: unlimited/" "$TMP/ws/nurture.yaml"

# topics and purposes
hmac=$(sql "SELECT address_hmac FROM candidate WHERE candidate_id = 1")
sql "INSERT INTO suppression (address_hmac, scope, reason, at) VALUES ('$hmac', 'topic:events', 'opted_out', 1)"
news events "topic: events"
is "who left a topic gets none of it" "$(n --now "2026-08-03 09:00" plan events --json 2>/dev/null | sed 's/.*"people":\([0-9]*\),"already".*/\1/')" 119
news other "topic: blog"
is "but other mail" "$(n --now "2026-08-03 09:00" plan other --json 2>/dev/null | sed 's/.*"people":\([0-9]*\),"already".*/\1/')" 120
n --now "2026-08-03 09:00" launch other --yes=120
sql "INSERT INTO suppression (address_hmac, scope, reason, at) VALUES ('$hmac', 'topic:blog', 'opted_out', 1)"
at "2026-08-03 09:30"
is "leaving a topic before the mail leaves stops it" "$(count sent)" 119
sql "INSERT INTO consent (candidate_id, purpose, state, at) SELECT candidate_id, 'survey', 'given', 1 FROM candidate WHERE candidate_id <= 7"
news survey "purpose: survey"
is "a purpose needs its own consent" "$(n --now "2026-08-04 09:00" plan survey --json 2>/dev/null | sed 's/.*"people":\([0-9]*\),"already".*/\1/')" 7
n --now "2026-08-04 09:00" launch survey --yes=7
at "2026-08-04 09:30"
is "at the last moment, too" "$(sql "SELECT count(*) FROM message WHERE campaign = 'survey' AND state = 'sent'")" 7
is "everything is accounted for" "$(sql "SELECT count(*) FROM message WHERE state IN ('claimed', 'committing', 'in_doubt', 'dead')")" 0
done_testing
