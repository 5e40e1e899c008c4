#!/bin/sh
# t3110-holidays.sh - mail waits for the holidays of the person's country, for
# the window and for quiet hours, in the person's zone
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"
plan 18
start_sink "$TMP/sink"
workspace "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
sql() { sqlite3 "$DB" "$1"; }
sent() { sql "SELECT group_concat(rcpt, ' ') FROM (SELECT rcpt FROM message WHERE state = 'sent' ORDER BY rcpt)"; }
printf 'quiet_hours: 20:00-08:00\n' >>"$TMP/ws/nurture.yaml"
mkdir "$TMP/ws/holidays"
calendar() { # FILE DATE NAME..
    file=$TMP/ws/holidays/$1
    shift
    printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n' >"$file"
    while [ $# -gt 0 ]; do
        printf 'BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:%s\r\nSUMMARY:%s\r\nEND:VEVENT\r\n' "$1" "$2" >>"$file"
        shift 2
    done
    printf 'END:VCALENDAR\r\n' >>"$file"
}
calendar DE.ics 20260501 "Tag der Arbeit" 20270101 Neujahr
calendar all.ics 20260604 "Company day"

is "the days are listed" "$(n --now "2026-04-20 09:00" holidays)" "DE   Fri 2026-05-01  Tag der Arbeit
DE   Fri 2027-01-01  Neujahr
all  Thu 2026-06-04  Company day"
is "also for programs" "$(n --now "2026-04-20 09:00" --json holidays de --days 30)" \
    '{"schema":1,"country":"DE","date":"2026-05-01","name":"Tag der Arbeit"}'
is "a country without a calendar is told" "$("$NURTURE" -C "$TMP/ws" holidays FR 2>&1)" \
    "No holidays in FR: put a country's calendar into the folder 'holidays', such as holidays/FR.ics"

# p1 in Germany, p2 in France, p3 in New York, p4 by its zone in Germany
cat >"$TMP/p.csv" <<'P'
email,first_name,country,time_zone,consent_at,consent_source
p1@example.org,Anna,DE,,2026-01-05,you joined
p2@example.org,Anna,FR,,2026-01-05,you joined
p3@example.org,Anna,US,America/New_York,2026-01-05,you joined
p4@example.org,Anna,,Europe/Berlin,2026-01-05,you joined
P
n --now "2026-04-20 09:00" candidates import "$TMP/p.csv" >/dev/null
news may "send_window: Mon-Fri 09:00-21:00 recipient" "start: 2026-05-01"
n --now "2026-04-30 12:00" plan may --json >"$TMP/plan" 2>/dev/null
is "the plan knows the holiday" "$(sed 's/.*"days":\(\[[^]]*\]\).*/\1/' "$TMP/plan")" \
    '[{"date":"2026-05-01","people":2},{"date":"2026-05-04","people":2}]'
n --now "2026-04-30 12:00" launch may --yes=4
n --now "2026-05-01 09:30" run >/dev/null
is "on a holiday in Germany only France gets mail" "$(sent)" "p2@example.org"
n --now "2026-05-01 15:30" run >/dev/null
is "and New York in its own morning" "$(sent)" "p2@example.org p3@example.org"
n --now "2026-05-02 12:00" run >/dev/null
is "nothing on a Saturday" "$(sent)" "p2@example.org p3@example.org"
n --now "2026-05-04 06:30" run >/dev/null
is "nothing before the window" "$(sent)" "p2@example.org p3@example.org"
n --now "2026-05-04 08:10" run >/dev/null
is "on Monday the others" "$(sent)" "p1@example.org p2@example.org p3@example.org p4@example.org"

sql "DELETE FROM message; DELETE FROM event"
news hard "send_window: Mon-Sun 00:00-24:00 recipient" "start: 2026-05-01" "holidays: ignore"
n --now "2026-04-30 12:00" launch hard --yes=4
n --now "2026-05-01 04:00" run >/dev/null
is "quiet hours hold, whatever the window" "$(sent)" ""
n --now "2026-05-01 06:30" run >/dev/null
is "holidays: ignore mails on a holiday" "$(sent)" "p1@example.org p2@example.org p4@example.org"

# what is queued and could not leave in its slot waits for the next one
sql "DELETE FROM message; DELETE FROM event; UPDATE enrolment SET state = 'done'"
news june "send_window: Mon-Fri 09:00-17:00 recipient"
n --now "2026-06-03 10:00" launch june --yes=4
n --now "2026-06-03 10:00" run --limit 1 >/dev/null
is "one leaves" "$(sql "SELECT count(*) FROM message WHERE state = 'sent'")" 1
n --now "2026-06-03 18:30" run >/dev/null
is "those queued do not leave after the window" \
    "$(sql "SELECT count(*) FROM message WHERE state = 'sent' AND campaign = 'june' AND rcpt <> 'p3@example.org'")" 1
is "they wait for the day after the company's holiday" \
    "$(sql "SELECT DISTINCT strftime('%Y-%m-%d %H:%M', not_before / 1000, 'unixepoch') FROM message WHERE state = 'scheduled' AND rcpt <> 'p3@example.org'")" \
    "2026-06-05 07:00"
n --now "2026-06-05 09:00" run >/dev/null
is "and leave then" "$(sql "SELECT count(*) FROM message WHERE state = 'sent' AND rcpt <> 'p3@example.org'")" 3

# a calendar that cannot be read
printf 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:soon\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n' >"$TMP/ws/holidays/AT.ics"
status_is "a wrong calendar fails the check" 1 n check
ok "with its place" grep -q "^holidays/AT.ics:3:9: error\[E621\]" "$TMP/err"
rm "$TMP/ws/holidays/AT.ics"
ok "without it all is well" n check may
done_testing
