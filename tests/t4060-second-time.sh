#!/bin/sh
# t4060-second-time.sh - "not now, in September": the hold, and the second round
. "$(dirname "$0")/lib/lib.sh"
plan 11

start_sink "$TMP/mail"
workspace "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
c="$TMP/ws/campaigns/course"
mkdir -p "$c"
printf -- '---\nname: Course\nstatus: ready\naudience: everyone\nfrom: talent-team\nstop_when: replied in course\nsteps:\n  - mail: one\n  - mail: two\n    wait: 7d\n---\n' >"$c/campaign.md"
for mail in one two; do
    printf -- '---\nsubject: The %s word\npreheader: A line that adds to it.\n---\nHi {{ first_name or "there" }},\n\nsome words about our work, and nothing more than that.\n' "$mail" >"$c/$mail.md"
done
people 2 >"$TMP/people.csv"
n --now "2026-03-02 10:00" candidates import "$TMP/people.csv" >/dev/null || true
DB=$(find "$XDG_STATE_HOME" -name nurture.db | head -1)
sql() { sqlite3 "$DB" "$1"; }
sent() { sql "SELECT group_concat(cycle || step, ' ') FROM (SELECT cycle, step FROM message WHERE rcpt = '$1' AND state = 'sent' ORDER BY sent_at)"; }
round() { sql "SELECT group_concat(cycle || state || coalesce(exit_reason, ''), ' ') FROM (SELECT * FROM enrolment WHERE candidate_id = 1 ORDER BY cycle)"; }
run() { n --now "$1" run; }
# answer TIME NUMBER TEXT: to the last mail that p1 got
answer() {
    newest=$(grep -l '^To:.*p1@' "$TMP"/mail/*.eml | xargs -I{} stat -c '%.9Y {}' {} | sort -n | tail -1 | cut -d' ' -f2)
    id=$(tr -d '\r' <"$newest" | sed -n 's/^Message-ID:.*<\(.*\)>/\1/p')
    printf 'From: p1@example.org\nTo: x@y.example\nIn-Reply-To: <%s>\nSubject: Re: The mail\nDate: %s\nMessage-ID: <%s@x>\n\n%s\n' \
        "$id" "$(date -R -u -d "$1")" "$2" "$3" | n --now "$1" receive
}

n --now "2026-03-02 10:00" launch course --yes=2
run "2026-03-02 10:00"
is "the first mail goes to both" "$(sent p1@example.org)/$(sent p2@example.org)" "1one/1one"
answer "2026-03-03 10:00" a "Not now, please write to me again in September."
is "a dated not-now ends the round" "$(round)" "1exitednot_now"
is "and holds until that day" "$(sql "SELECT kind, date(until_at / 1000 + 7200, 'unixepoch') FROM hold WHERE candidate_id = 1 AND lifted_at IS NULL")" "not_now|2026-09-01"
run "2026-03-10 10:00"
is "the other one goes on" "$(sent p2@example.org)" "1one 1two"
run "2026-08-20 10:00"
is "until then nothing is sent" "$(sent p1@example.org)" "1one"
run "2026-09-02 10:00"
is "then the second round begins" "$(round)" "1exitednot_now 2active"
is "with the first mail" "$(sent p1@example.org)" "1one 2one"
run "2026-09-10 10:00"
is "the old answer does not end it" "$(sent p1@example.org)" "1one 2one 2two"
is "who finished does not come again" "$(sent p2@example.org)" "1one 1two"
run "2026-09-11 10:00"
is "the round is done" "$(round)" "1exitednot_now 2done"
answer "2026-09-12 10:00" b "Thanks, but I am not interested."
run "2027-03-01 10:00"
is "an answer in it is the last word" "$(sent p1@example.org)" "1one 2one 2two"
done_testing
