#!/bin/sh
# t2100-sequence.sh - what the settings of a sequence do: thread, event, cap,
# late, spread, was and drop, re_enter, goal
. "$(dirname "$0")/lib/lib.sh"
plan 28
start_sink "$TMP/sink"
workspace "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
sql() { sqlite3 "$DB" "$1"; }
at() { # TIME: one run at that time, in UTC
    n --now "$1" run >/dev/null
}
c=$TMP/ws/campaigns/course
mkdir "$c"
mail() { # NAME SUBJECT [SETTING..]
    file=$c/$1.md
    {
        printf -- '---\nsubject: %s\npreheader: A line that adds to it.\n' "$2"
        shift 2
        [ $# = 0 ] || printf '%s\n' "$@"
        printf -- '---\nHi {{ first_name or "there" }},\n\nsome words about our work, and nothing more than that.\n'
    } >"$file"
}
mail one "A first word for {{ first_name or \"you\" }}" "event:" \
    "  title: Open house, with tea; and a long enough title that the line must be folded for sure, Grüße" \
    "  start: 2026-04-16 17:00" "  length: 90 minutes" "  where: Berlin, Hauptstr. 1"
mail two "A second word"
mail three "A third word"
steps() { # SETTINGS STEPS
    printf -- '---\nname: Course\nstatus: ready\naudience: everyone\nfrom: talent-team\nstop_when: replied in course\n%s\nsteps:\n%s\n---\n' "$1" "$2" >"$c/campaign.md"
}
steps "send_window: Mon-Fri 08:00-18:00
re_enter: after 30d
goal: first_name is Anna
holdout: 30%" "  - mail: one
  - mail: two
    wait: 4d
    at: 09:30
    thread: yes
  - mail: three
    wait: 1d
    on: Friday
    late: skip"
people 40 >"$TMP/p.csv"
export NURTURE_NOW="2026-03-02 10:00"
n candidates import "$TMP/p.csv" >/dev/null
ok "the files have no error" n check course
count=$(n plan course --json 2>/dev/null | sed -n 's/.*"matched":[0-9]*,"people":\([0-9]*\).*/\1/p')
unset NURTURE_NOW
n --now "2026-03-02 10:00" launch course --yes="$count"
at "2026-03-02 10:05"
control=$(sql "SELECT sum(control) FROM enrolment")
mailed=$((40 - control))
ok "holdout keeps some people out" test "$control" -gt 0 -a "$control" -lt 40
is "the others get the first mail" "$(sql "SELECT count(*) FROM message WHERE step = 'one' AND state = 'sent'")" "$mailed"

# event
m=$(grep -l "A first word" "$TMP"/sink/*.eml "$TMP"/sink/*/* 2>/dev/null | head -1)
python3 - "$m" >"$TMP/ics" <<'P'
import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
for p in m.walk():
    if p.get_content_type() == "text/calendar":
        print("params", p.get_param("method"), p.get_param("charset"), p.get_filename())
        raw = p.get_payload(decode=True).decode()
        print("longest", max(len(l.encode()) for l in raw.split("\r\n")))
        print(raw.replace("\r\n ", "").replace("\r\n", "\n"))
P
is "an event is a calendar part" "$(head -1 "$TMP/ics")" "params PUBLISH utf-8 invitation.ics"
ok "its lines are folded" test "$(sed -n 's/^longest //p' "$TMP/ics")" -le 75
ok "its title is whole and escaped" grep -q 'SUMMARY:Open house\\, with tea\\; and .*\\, Grüße$' "$TMP/ics"
ok "its time is that of the workspace's zone" grep -q '^DTSTART:20260416T150000Z$' "$TMP/ics"
ok "it ends when it should" grep -q '^DTEND:20260416T163000Z$' "$TMP/ics"

# at: 4 days later at 09:30 Berlin = 08:30 UTC
is "'at' sets the time of day" "$(sql "SELECT DISTINCT strftime('%Y-%m-%d %H:%M', due_at/1000, 'unixepoch') FROM enrolment WHERE step = 'two'")" "2026-03-06 08:30"
at "2026-03-06 08:31"
m=$(grep -l "^Subject: Re: A first word for Anna" "$TMP"/sink/*.eml "$TMP"/sink/*/* 2>/dev/null | head -1)
ok "thread: yes answers under the first subject" test -n "$m"
ref=$(sed -n 's/^In-Reply-To: <\(.*\)>.*/\1/p' "$m" | tr -d '\r')
ok "it refers to the first mail" grep -qr "^Message-ID: <$ref>" "$TMP/sink"
is "the same in References" "$(sed -n 's/^References: <\(.*\)>.*/\1/p' "$m" | tr -d '\r')" "$ref"

# on: a Friday; late: skip
is "'on' waits for the weekday" "$(sql "SELECT DISTINCT strftime('%Y-%m-%d', due_at/1000, 'unixepoch') FROM enrolment WHERE step = 'three'")" "2026-03-13"
at "2026-03-16 09:00"
is "a mail that missed its window is skipped" "$(sql "SELECT count(*) FROM message WHERE step = 'three'")" "0"
is "and its people are through" "$(sql "SELECT count(*) FROM enrolment WHERE state = 'done'")" "$mailed"

# re_enter
at "2026-04-10 09:00"
is "nobody comes again before the time" "$(sql "SELECT max(cycle) FROM enrolment")" "1"
at "2026-04-20 09:00"
is "then they come again" "$(sql "SELECT count(*) FROM enrolment WHERE cycle = 2 AND control = 0")" "$mailed"

# goal
n report course >"$TMP/report"
ok "the report has the goal" grep -q "^Goal: first_name .*Anna" "$TMP/report"
ok "and the uplift with its interval" grep -q "uplift +0.0 points, 95 % interval -.* to +.*: could be chance" "$TMP/report"

# a step that is gone
sed -i 's/mail: two/mail: deux/' "$c/campaign.md"
mv "$c/two.md" "$c/deux.md"
at "2026-04-20 09:01"
status_is "a launch is refused while people wait for a step that is gone" 1 n --now "2026-04-20 09:02" launch course --yes=0
ok "it says how many and what to do" grep -q "E615.*people are waiting for 'two'" "$TMP/err"
sed -i 's/mail: deux/mail: deux\n    was: two/' "$c/campaign.md"
"$NURTURE" -C "$TMP/ws" --now "2026-04-20 09:02" launch course --yes=0 2>"$TMP/err" || true
ok "with 'was' it says who moves" grep -q "$mailed people are in the middle, before 'two': they go on with 'deux'" "$TMP/err"
is "and they do" "$(sql "SELECT count(*) FROM enrolment WHERE step = 'deux' AND state = 'active' AND control = 0")" "$mailed"
at "2026-04-24 08:00"
is "and get the mail" "$(sql "SELECT count(*) FROM message WHERE step = 'deux' AND state = 'sent'")" "$mailed"
# late: exit, and late: next-window
sed -i "s/cap: .*/cap: unlimited/" "$TMP/ws/nurture.yaml"
for late in exit next-window; do
    c=$TMP/ws/campaigns/$late
    mkdir "$c"
    mail one "A first word"
    mail two "A second word"
    mail three "A third word"
    steps "send_window: Mon-Fri 08:00-18:00" "  - mail: one
  - mail: two
    wait: 1d
    late: $late
  - mail: three
    wait: 1d"
    n --now "2026-06-01 07:00" launch $late "--yes=$(n --now "2026-06-01 07:00" plan $late --json | grep -o '"people":[0-9]*' | head -1 | cut -d: -f2)"
    sql "UPDATE enrolment SET state = 'done' WHERE campaign <> '$late' AND state IN ('active', 'waiting')"
    at "2026-06-01 08:00"
    at "2026-06-03 09:00" # the 2nd has gone without a run
    at "2026-06-03 15:55"
    at "2026-06-04 09:00"
    at "2026-06-04 15:55"
done
is "late: exit ends the sequence" "$(sql "SELECT DISTINCT state, exit_reason FROM enrolment WHERE campaign = 'exit'")" "exited|late"
is "the late mail is not sent" "$(sql "SELECT count(*) FROM message WHERE campaign = 'exit' AND step = 'two'")" 0
is "late: next-window sends it in a later one, at the pace of catching up" \
    "$(sql "SELECT min(strftime('%m-%d', sent_at / 1000, 'unixepoch')) FROM message WHERE campaign = 'next-window' AND step = 'two' AND state = 'sent'")" "06-03"
is "and nobody leaves" "$(sql "SELECT count(*) FROM enrolment WHERE campaign = 'next-window' AND state = 'exited'")" 0
done_testing
