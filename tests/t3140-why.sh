#!/bin/sh
# t3140-why.sh - the moment that 'why' and 'queue why' show is the one that the
# engine then chooses
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"
plan 17
start_sink "$TMP/sink"
workspace "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
sql() { sqlite3 "$DB" "$1"; }
field() { python3 -c 'import json, sys
for line in sys.stdin:
    row = json.loads(line)
    if row.get("campaign", "") == sys.argv[1]: print(row[sys.argv[2]])' "$1" "$2"; }
minute() { date -u -d "@$(($1 / 1000))" '+%Y-%m-%d %H:%M'; }
possible() { minute "$(n --now "$1" --json why p1@example.org | field "$2" possible)"; }
due() { minute "$(sql "SELECT due_at FROM enrolment WHERE campaign = '$1'")"; }
sed -i -e "s/cap: .*/cap: unlimited/" -e "s/window: always/window: Mon-Fri 09:00-17:00 recipient/" "$TMP/ws/nurture.yaml"
people 1 >"$TMP/p.csv"
n --now "2026-03-02 08:00" candidates import "$TMP/p.csv" >/dev/null

# the campaign's own window, in the zone it names
news window "send_window: Tue 10:30-12:00 recipient"
now="2026-03-02 10:00"
n --now "$now" launch window --yes=1
shown=$(possible "$now" window)
is "why shows the campaign's window" "$(n --now "$now" --json why p1@example.org | field window reason)" outside_window
n --now "$now" run >/dev/null
is "and the time the engine postpones to" "$shown" "$(due window)"
is "which is in it" "$shown" "$(TZ=Europe/Berlin date -u -d 'TZ="Europe/Berlin" 2026-03-03 10:30' '+%Y-%m-%d %H:%M')"
n --now "2026-03-03 09:45" run >/dev/null
is "then it leaves" "$(sql "SELECT count(*) FROM message WHERE state = 'sent'")" 1

# the campaign's own cap, whose end is outside its window
news capped "cap: 1 per 10d" "send_window: Mon-Fri 10:30-12:00 recipient"
sql "UPDATE message SET campaign = 'capped'" # as if it had been of this one
now="2026-03-12 10:00"
n --now "$now" launch capped --yes=1
is "why knows the campaign's cap" "$(n --now "$now" --json why p1@example.org | field capped reason)" capped
shown=$(possible "$now" capped)
is "and shows the first moment of the window after it" "$shown" \
    "$(date -u -d 'TZ="Europe/Berlin" 2026-03-13 10:45' '+%Y-%m-%d %H:%M')"
n --now "$now" run >/dev/null
is "to which the engine postpones" "$shown" "$(due capped)"
is "in general nothing keeps the person" "$(n --now "$now" --json why p1@example.org | head -1 | grep -o '"reason":"[a-z_]*"')" '"reason":"eligible"'

# holidays that the campaign ignores
mkdir "$TMP/ws/holidays"
printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260403\r\nSUMMARY:Karfreitag\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n' >"$TMP/ws/holidays/DE.ics"
news feast "holidays: ignore"
sql "DELETE FROM message; DELETE FROM event; UPDATE enrolment SET state = 'done'"
now="2026-04-03 08:30" # Good Friday in Germany
n --now "$now" launch feast --yes=1
is "a campaign that ignores holidays may" "$(n --now "$now" --json why p1@example.org | field feast reason)" eligible
is "while mail in general may not" "$(n --now "$now" --json why p1@example.org | head -1 | grep -o '"reason":"[a-z_]*"')" '"reason":"outside_window"'
n --now "$now" run >/dev/null
is "and so does the engine" "$(sql "SELECT count(*) FROM message WHERE state = 'sent'")" 1

# a mail in the outbox
sql "DELETE FROM message; DELETE FROM event; UPDATE enrolment SET state = 'done'"
news box "send_window: Mon-Fri 10:30-12:00 recipient" "spread: 40m" "rate: 1 per day"
now="2026-05-05 08:40"
n --now "$now" launch box --yes=1
kill "$SINK_PID"
wait "$SINK_PID" 2>/dev/null || true
n --now "$now" run >/dev/null 2>&1 || true # spread: not due yet
id=$(sql "SELECT message_id FROM message")
is "it waits in the outbox" "$(sql "SELECT state FROM message")" scheduled
sql "UPDATE message SET not_before = 0"
now="2026-05-05 10:10"
shown=$(n --now "$now" --json queue why "$id" | python3 -c 'import json, sys
for line in sys.stdin:
    row = json.loads(line)
    if row["reason"] == "outside_window": print(row["until"])')
ok "queue why knows the campaign's window" test -n "$shown"
sql "UPDATE message SET not_before = $(date -u -d '2026-05-05 10:05' +%s)000"
n --now "$now" run >/dev/null 2>&1 || true
is "and the moment the engine moves it to" "$(minute "${shown:-0}")" "$(minute "$(sql "SELECT not_before FROM message")")"
is "within its spread" "$(minute "${shown:-0}" | grep -c '^2026-05-06 0[89]:')" 1
is "why says when what is in the outbox is due" \
    "$(n --now "$now" --json why p1@example.org | field box due)" "$(sql "SELECT not_before FROM message")"
ok "in words too" sh -c "'$NURTURE' -C '$TMP/ws' --now '$now' why p1@example.org | grep -q 'box is in the outbox, due 6 May 2026'"
done_testing
