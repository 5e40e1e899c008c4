#!/bin/sh
# t4070-people.sh - what people and their machines say of themselves and others
. "$(dirname "$0")/lib/lib.sh"
plan 33

start_sink "$TMP/mail"
workspace "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
c="$TMP/ws/campaigns/course"
mkdir -p "$c"
printf -- '---\nname: Course\nstatus: ready\naudience: everyone\nfrom: talent-team\nsteps:\n  - mail: one\n---\n' >"$c/campaign.md"
cat >"$c/one.md" <<'MAIL'
---
subject: Your next role
preheader: A line that adds to it.
---
Hi {{ first_name or "there" }},

we met two years ago when you applied for the **backend role**, and I still remember our talk about compilers.

- Would you be open to a short call next week?
- Are you still in Leeds, or would you move to London?

[Show me the role](https://acme.example/role)
MAIL
people 9 >"$TMP/people.csv"
n --now "2026-03-02 10:00" candidates import "$TMP/people.csv" >/dev/null || true
DB=$(find "$XDG_STATE_HOME" -name nurture.db | head -1)
sql() { sqlite3 "$DB" "$1"; }
n --now "2026-03-02 10:00" launch course --yes=9
n --now "2026-03-02 10:00" run
mail_to() { grep -l "^To:.*$1@" "$TMP"/mail/*.eml | head -1; }
id_of() { tr -d '\r' <"$(mail_to "$1")" | sed -n 's/^Message-ID:.*<\(.*\)>/\1/p'; }
# receive NUMBER FROM HEADERS TEXT: about the mail that pNUMBER got
receive() {
    printf 'From: %s\nTo: x@y.example\nIn-Reply-To: <%s>\nDate: Tue, 03 Mar 2026 10:00:00 +0000\nMessage-ID: <%s@x>\n%s\n\n%s\n' \
        "$2" "$(id_of "p$1")" "$1$(echo "$2" | cksum | cut -d' ' -f1)" "$3" "$4" |
        n --now "2026-03-03 10:00" receive
}
last() { sql "SELECT $1 FROM reply ORDER BY reply_id DESC LIMIT 1"; }
holds() { sql "SELECT group_concat(kind) FROM hold WHERE candidate_id = $1 AND lifted_at IS NULL"; }

# Somebody has left: who is there instead is offered, nobody is written to.
receive 1 p1@example.org "$(printf 'Subject: Automatic reply: Your next role\nAuto-Submitted: auto-replied')" \
    "I have left Globex. My new address is pat.new@elsewhere.example. For the team please write to omar@globex.example."
is "left the company: held" "$(holds 1)" left_company
is "the new address and the colleague are offered" "$(last action)" \
    "held for a year; their new address is pat.new@elsewhere.example; omar@globex.example is named in their place; stop all mail when you are sure"
is "as rows for the recruiter" "$(sql "SELECT group_concat(address) FROM (SELECT address FROM referral ORDER BY address)")" \
    "omar@globex.example,pat.new@elsewhere.example"
is "it is no answer" "$(sql "SELECT count(*) FROM event WHERE kind = 'replied'")" 0

# Absent: every campaign waits until the day of return.
receive 2 p2@example.org "$(printf 'Subject: Abwesenheitsnotiz\nAuto-Submitted: auto-replied')" \
    "Ich bin bis einschließlich KW 12 im Urlaub."
is "an absence holds until the return" \
    "$(sql "SELECT kind, date(until_at / 1000 + 7200, 'unixepoch') FROM hold WHERE candidate_id = 2")" "out_of_office|2026-03-23"
is "and is no answer either" "$(sql "SELECT count(*) FROM event WHERE kind = 'replied'")" 0

# A referral is a row, never a mail.
receive 3 p3@example.org "Subject: Re: Your next role" \
    "Not for me, but my colleague Jonas might be interested: jonas.weber@mail.example"
is "a referral" "$(last intent)" referral
is "is a row" "$(sql "SELECT count(*) FROM referral WHERE address = 'jonas.weber@mail.example'")" 1
is "show names them" "$("$NURTURE" -C "$TMP/ws" replies show 2 | sed -n 's/^names *//p')" jonas.weber@mail.example
n --now "2026-03-03 11:00" run
is "nobody new is written to" "$(sql "SELECT count(*) FROM message WHERE rcpt LIKE '%mail.example' OR rcpt LIKE '%elsewhere%' OR rcpt LIKE '%globex%'")" 0

# Another address and an assistant are shown, nothing more.
receive 4 friend@elsewhere.example "Subject: Re: Your next role" "Please unsubscribe me."
is "another address is shown only" "$(last "other_address || '|' || action")" "1|shown only: another address"
is "it stops nobody" "$(sql "SELECT count(*) FROM suppression")/$(holds 4)" "0/"
receive 4 assistant@example.org "$(printf 'Sender: p4@example.org\nSubject: Out of office')" \
    "I am out of the office until 20 March and will answer when I return. For urgent matters call reception."
is "an assistant's absence holds nobody" "$(holds 4)" ""

# An opt-out that is only mentioned heads the digest and does not act.
receive 5 p5@example.org "Subject: Re: Your next role" \
    "I nearly hit unsubscribe, but this sounds interesting. Tell me more."
is "a mention of it unsubscribes nobody" "$(sql "SELECT count(*) FROM consent WHERE state = 'withdrawn'")" 0
n --now "2026-03-03 12:00" digest >"$TMP/digest"
is "it heads the digest" "$(awk '/^---/ { h = before } /nearly hit/ { print h } { before = $0 }' "$TMP/digest")" "Possible opt-outs and erasure requests"
receive 6 p6@example.org "Subject: Re: Your next role" "Please take me off your list."
is "said plainly it acts alone" "$(sql "SELECT count(*) FROM consent WHERE state = 'withdrawn' AND candidate_id = 6")$(last action)" "1unsubscribed"
is "the rule and its line are named" "$(last "intent_rule LIKE 'intent.tsv:%'")" 1

# Typed into our words, nothing marks it: told by what we sent.
{
    printf 'From: p7@example.org\nTo: x@y.example\nIn-Reply-To: <%s>\nDate: Tue, 03 Mar 2026 10:00:00 +0000\nMessage-ID: <inside@x>\nSubject: Re: Your next role\n\nHello.\n\nFrom: Talent team\nSent: Monday, March 2, 2026 10:00 AM\nTo: p7@example.org\nSubject: Your next role\n\n' "$(id_of p7)"
    python3 - "$(mail_to p7)" <<'PY'
import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
for line in m.get_body(('plain',)).get_content().split('\n'):
    print(line)
    if 'short call' in line:
        print('Yes, gladly, on Thursday.')
    if 'London?' in line:
        print('I am still in Leeds.')
PY
} | n --now "2026-03-03 10:00" receive
is "answers inside our own words are kept, our words are not" "$(last text)" "Hello.

Yes, gladly, on Thursday.

I am still in Leeds."
is "and mean something" "$(last intent)" interested
# The same from the HTML that a mail program made plain.
{
    printf 'From: p8@example.org\nTo: x@y.example\nIn-Reply-To: <%s>\nDate: Tue, 03 Mar 2026 10:00:00 +0000\nMessage-ID: <html@x>\nSubject: Re: Your next role\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<div>Hello.</div><div id="divRplyFwdMsg"><b>From:</b> Talent team<br><b>Sent:</b> Monday, March 2, 2026 10:00 AM<br><b>To:</b> p8@example.org<br><b>Subject:</b> Your next role</div>' "$(id_of p8)"
    python3 - "$(mail_to p8)" <<'PY'
import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
print(m.get_body(('html',)).get_content().replace('next week?', 'next week? Please not before noon.'))
PY
} | n --now "2026-03-03 10:00" receive
is "HTML as well" "$(last text)" "Hello.

Please not before noon."

# The recruiter's verbs: correction, the original, the page.
answer=$(sql "SELECT reply_id FROM reply WHERE candidate_id = 8")
n replies label "$answer" unsubscribe
is "a correction to opt-out unsubscribes" "$(sql "SELECT state FROM consent WHERE candidate_id = 8 ORDER BY rowid DESC LIMIT 1")" withdrawn
is "and stands beside the guess" "$(sql "SELECT label || '|' || (intent <> label) FROM reply WHERE reply_id = $answer")" "unsubscribe|1"
other=$(sql "SELECT reply_id FROM reply WHERE other_address LIMIT 1")
n replies label "$other" unsubscribe
is "not for somebody else's words" "$(sql "SELECT count(*) FROM consent WHERE candidate_id = 4 AND state = 'withdrawn'")" 0
six=$(sql "SELECT reply_id FROM reply WHERE candidate_id = 6")
ok "taking an opt-out back is the person's own doing" sh -c '"$NURTURE" -C "$1" replies label "$2" interested 2>&1 | grep -q "stay unsubscribed"' sh "$TMP/ws" "$six"
is "accuracy has the matrix" "$("$NURTURE" --json -C "$TMP/ws" replies accuracy | python3 -c 'import json,sys; d = json.load(sys.stdin); print(d["labelled"], sum(v for r in d["matrix"].values() for v in r.values()))')" "3 3"
ok "original prints the mail as it came" sh -c '"$NURTURE" -C "$1" replies original "$2" | grep -q "^Message-ID: <html@x>"' sh "$TMP/ws" "$answer"
status_is "an unknown answer has none" 1 n replies original 999

# Answering the digest with verbs.
n --now "2026-03-03 13:00" digest --send
n --now "2026-03-03 13:00" run
digest=$(grep -l 'nearly hit' "$TMP"/mail/*.eml | xargs grep -l 'answers for' | head -1)
ok "the digest went out" test -n "$digest"
to=$(tr -d '\r' <"$digest" | awk '/^$/ { exit } /^[ \t]/ { v = v $0; next } { if (v ~ "^Reply-To:") print v; v = $0 }' | sed 's/.*<\(.*\)>.*/\1/')
recruiter=$(tr -d '\r' <"$digest" | sed -n 's/^To:.*<\(.*\)>/\1/p')
five=$(sql "SELECT reply_id FROM reply WHERE candidate_id = 5")
printf 'From: %s\nTo: %s\nSubject: Re: digest\nMessage-ID: <verbs@x>\n\noriginal #%s\ndone #3\n' "$recruiter" "$to" "$five" |
    n --now "2026-03-03 14:00" receive
is "done by answering" "$(sql "SELECT state FROM reply WHERE reply_id = 3")" 'done'
n --now "2026-03-03 14:00" run
copy=$(grep -l 'an answer you asked for' "$TMP"/mail/*.eml | head -1)
ok "the original came by mail" grep -q 'reply.eml' "${copy:-/dev/null}"
ok "an answer to it goes to the candidate" sh -c 'tr -d "\r" <"$1" | grep -q "^Reply-To:.*p5@example.org"' sh "${copy:-/dev/null}"
ok "a link asks for the original" grep -q 'subject=3Doriginal\|subject=original' "$digest"

# Only our own server's word counts.
auth() { printf 'Authentication-Results: %s; dmarc=pass header.from=example.org\nSubject: hello' "$1"; }
printf 'From: p9@example.org\nTo: x@y.example\nMessage-ID: <auth@x>\n%s\n\nUnsubscribe me.\n' "$(auth evil.example)" | n --now "2026-03-03 15:00" receive
is "another server's word unsubscribes nobody" "$(last from_trust)/$(sql "SELECT count(*) FROM consent WHERE candidate_id = 9 AND state = 'withdrawn'")" "unknown/0"
done_testing
