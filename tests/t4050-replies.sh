#!/bin/sh
# t4050-replies.sh - from a mail on stdin to the recruiter's verbs
. "$(dirname "$0")/lib/lib.sh"
plan 16

start_sink "$TMP/mail"
workspace "$TMP/ws"
people 3 >"$TMP/people.csv"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
n -q candidates import "$TMP/people.csv" >/dev/null 2>&1
n launch engineering-update --yes=3 -q
n -q run 2>/dev/null
DB=$(find "$XDG_STATE_HOME" -name nurture.db | head -1)
sql() { sqlite3 "$DB" "$1"; }
# field NAME ADDRESS: of the mail that the address got, unfolded
field() {
    f=$(grep -l "^To:.*$2" "$TMP"/mail/*.eml | head -1)
    tr -d '\r' <"$f" | awk -v name="$1:" '/^$/ { exit } /^[ \t]/ { v = v $0; next }
        { if (v ~ "^" name) print v; v = $0 } END { if (v ~ "^" name) print v }' |
        sed 's/.*<\(.*\)>.*/\1/'
}
to=$(field Reply-To p1@example.org)
printf 'From: Anna <p1@example.org>\nTo: %s\nSubject: Re: hello\nMessage-ID: <a@x>\n\nYes, I am interested. Please call me!\n' "$to" | n receive
is "a reply is matched by its token" "$(sql "SELECT matched_by, from_trust, intent FROM reply")" "exact|token_only|interested"
is "and forwarded at once" "$(sql "SELECT count(*) FROM message WHERE kind = 'service'")" 1
id=$(field Message-ID p2@example.org)
printf 'From: p2@example.org\nTo: other@x.example\nIn-Reply-To: <%s>\nSubject: Re: hello\nMessage-ID: <b@x>\n\nNot now, maybe later.\n' "$id" | n receive
is "another by its thread" "$(sql "SELECT matched_by FROM reply WHERE reply_id = 2")" thread
subject=$(sql "SELECT count(*) FROM message WHERE subject_hash IS NOT NULL AND kind = 'campaign'")
is "each mail has its subject's hash" "$subject" 3

is "list shows both" "$(n replies list | wc -l)" 2
ok "show explains one" sh -c '"$NURTURE" -C "$TMP/ws" replies show 1 | grep -q "matched by *exact"'
is "JSON has one object a line" "$(n --json replies | python3 -c 'import json,sys; print([json.loads(l)["class"] for l in sys.stdin])')" "['interested', 'not_now']"
n -q replies label 1 question
n -q replies label 2 not_now
is "accuracy prints the matrix" "$(n replies accuracy | sed -n 's/^question  *//p' | tr -s ' ')" "1 0 0 0 0 0 0 0 0"
is "and the sum" "$(n replies accuracy | tail -1)" "2 labelled; 2 were decided by a rule, 1 of them right (50%)."
is "the guess stays beside it" "$(sql "SELECT intent, label FROM reply WHERE reply_id = 1")" "interested|question"
status_is "a wrong label is refused" 1 n replies label 1 nonsense
n -q replies snooze 1 2w
is "snoozed is not in the digest" "$(n digest 2>/dev/null | grep -c '^#1,')" 0
n -q replies 'done' 2
is "done is not listed" "$(n replies | wc -l)" 1

printf 'Delivered-To: %s\nFrom: MAILER-DAEMON@mx.example.org\nTo: x\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <c@x>\n\n<p3@example.org>: 550 5.1.1 no such user\n' "$(sed -n 's/.*from=<\(bounces+[^>]*\)> to=<p3@.*/\1/p' "$TMP/mail.log" | head -1)" >"$TMP/bounce"
n receive <"$TMP/bounce"
n receive <"$TMP/bounce"
is "a bounce to the bounce address suppresses, once" "$(sql "SELECT reason FROM suppression; SELECT count(*) FROM event WHERE kind = 'bounced'")" "bounced
1"

printf 'From: p1@example.org\nTo: x@y.example\nSubject: poison\nMessage-ID: <d@x>\n\npoison\n' >"$TMP/poison"
NURTURE_TESTING=1 NURTURE_CRASH_ON=poison n receive <"$TMP/poison" 2>/dev/null
is "poison is put aside, and costs nothing" "$(sql "SELECT state FROM inbound WHERE tries > 2")" quarantined
is "and its file is kept" "$(find "$(dirname "$DB")/spool/quarantine" -name '*.eml' | wc -l)" 1
done_testing
