#!/bin/sh
# t1370-sunset.sh - whoever gets mail and never reacts is asked once, archived,
# and comes back by themselves
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

plan 34
at() { export NURTURE_NOW="$1 09:00"; }
at 2026-01-10
start_sink "$TMP/mail"
workspace "$TMP/ws"
cd "$TMP/ws" || exit 1
cat >>nurture.yaml <<'YAML'
sunset:
  after: 6 months
  mails: 2
  answer: 30d
YAML
echo everyone >segments/all.seg
for m in one two three; do
    cat >"campaigns/$m.md" <<MD
---
name: News $m
from: talent-team
audience: [all]
status: ready
subject: News $m
preheader: What we did about it.
---
Hello, this is $m.
MD
done
cat >people.csv <<'CSV'
email,first_name,language,country
anna@example.org,Anna,de,DE
bo@example.org,Bo,en,DE
cy@example.org,Cy,en,DE
di@example.org,Di,en,DE
el@example.org,El,en,DE
CSV
ok "people come in" "$NURTURE" candidates import people.csv --consent "you joined our talent community" --at 2026-01-05
DB=$(find "$XDG_STATE_HOME" -name nurture.db)
sql() { sqlite3 -cmd '.timeout 5000' "$DB" "$1"; }
mail() { # CAMPAIGN PEOPLE: launch, deliver
    "$NURTURE" -q launch "$1" "--yes=$2" >"$TMP/launch" 2>&1 || cat "$TMP/launch"
    "$NURTURE" -q run >"$TMP/run" 2>&1 || cat "$TMP/run"
}
due() { "$NURTURE" retention --within 0 | grep '^now' | tr -s ' ' | cut -d' ' -f2,4-; }
apply() { "$NURTURE" --json retention --apply | grep -o '"questions.*' | tr -d '"}'; }
why() { "$NURTURE" --json why "$1@example.org" 2>&1; }
letter() { # ADDRESS: the newest mail caught for it, header and text
    python3 - "$TMP/mail" "$1" <<'PY'
import email, email.policy, pathlib, sys
mails = [email.message_from_bytes(p.read_bytes(), policy=email.policy.default)
         for p in sorted(pathlib.Path(sys.argv[1]).glob("*.eml"))]
m = max((m for m in mails if sys.argv[2] in m["To"]), key=lambda m: m["Date"].datetime)
print(m["Subject"])
print(m.get_body(("plain",)).get_content())
print(m.get_body(("html",)).get_content().replace("><", ">\n<"))
PY
}
mail one 5
at 2026-02-10
mail two 5
is "both mails have left to all" "$(sql "SELECT count(*) FROM message WHERE state = 'sent' AND kind = 'campaign'")" 10
sql "INSERT INTO suppression (address_hmac, scope, reason, at) SELECT address_hmac, 'all', 'opted_out', 0 FROM candidate WHERE email LIKE 'di@%'"
at 2026-05-01
ok "Cy is met" "$NURTURE" candidates log cy@example.org met --note "at the fair"
ok "El is away for long" sql "INSERT INTO hold (candidate_id, kind, until_at, created_at) SELECT candidate_id, 'out_of_office', 1788220800000, 0 FROM candidate WHERE email LIKE 'el@%'"

at 2026-07-01
is "before six months nobody is asked" "$(due)" ""
at 2026-07-20
is "then whoever was silent, but not who opted out, or gave a sign" "$(due)" \
    "reconfirm anna@example.org
reconfirm bo@example.org
reconfirm el@example.org waits: on hold (out of office, not now, cool-off)"
is "each with its reason for programs" \
    "$("$NURTURE" --json retention --within 0 | head -1 | cut -d, -f3-5)" \
    '"deed":"reconfirm","due":true,"due_at":"2026-07-10T08:00:00Z"'
ok "a dry run writes nothing" [ "$(sql "SELECT count(*) FROM message WHERE kind = 'service'")" = 0 ]
is "asked they are" "$(apply)" "questions:2,archived:0,waiting:1"
is "once" "$(apply)" "questions:0,archived:0,waiting:3"
"$NURTURE" -q run >/dev/null 2>&1 || true
letter anna@example.org | tr -d "\r" >anna.txt
letter bo@example.org | tr -d "\r" >bo.txt
is "in her language" "$(head -1 anna.txt)" "Möchten Sie weiter von Kestrel Labs hören?"
ok "with the day mail stops" grep -q 'ab dem 19. August 2026 nicht mehr' anna.txt
is "and a button" "$(grep -c '^<a href="https://t.kestrel.example/p/[^"]*" style=.*Ja, ich möchte bleiben' anna.txt)" 1
ok "that the text has, too" grep -q '^Yes, keep me in touch:$' bo.txt

# The page
serve() { # at the moment that NURTURE_NOW names
    : >"$TMP/ready"
    background "$NURTURE" serve --listen 127.0.0.1:0 --recruiters off --once-ready-file "$TMP/ready" >"$TMP/serve" 2>&1
    wait_for "$TMP/ready"
}
serve
page() { # FILE [FORM]
    path=$(sed -n 's|^<a href="https://t.kestrel.example\(/p/[^"]*\)" style.*|\1|p' "$1" | head -1)
    curl -sS ${2:+--data "$2"} "$(cat "$TMP/ready")$path"
}
page bo.txt >page.html
is "GET shows the question" "$(grep -o 'Shall we stay in touch?' page.html)" "Shall we stay in touch?"
is "and changes nothing" "$(sql "SELECT count(*) FROM consent WHERE purpose = 'retention'")" 0
page bo.txt action=keep >page.html
ok "POST says thanks" grep -q 'Thank you: we stay in touch' page.html
is "and asks no more" "$(grep -c 'Shall we stay' page.html || true)" 0
is "it is a consent with its words" \
    "$(sql "SELECT state, source, wording, evidence IS NOT NULL FROM consent WHERE purpose = 'retention'")" \
    "given|preferences page|Yes, keep me in touch|1"
page bo.txt action=keep >/dev/null
is "pressed again is once" "$(sql "SELECT count(*) FROM consent WHERE purpose = 'retention'")" 1
is "the audit knows" "$("$NURTURE" audit list --action keep | wc -l)" 1

# The end
at 2026-08-10
is "within thirty days nothing follows" "$(due)" "reconfirm el@example.org waits: on hold (out of office, not now, cool-off)"
at 2026-08-20
is "then who did not answer" "$(due | head -1)" "archive anna@example.org"
sql "INSERT INTO enrolment (candidate_id, campaign, cycle, snapshot, state, step, due_at, anchor_at, enrolled_at, updated_at) SELECT 1, campaign, 9, snapshot, 'active', 'x', 1, 1, 1, 1 FROM campaign WHERE campaign = 'one'"
is "is archived" "$(apply)" "questions:0,archived:1,waiting:1"
is "the audit says so" "$("$NURTURE" audit list --action archived | grep -c 'candidate 1')" 1
is "why says so" "$(why anna | head -1 | grep -c 'reason.:.archived')" 1
is "her campaigns have ended" "$(sql "SELECT exit_reason FROM enrolment WHERE cycle = 9")" archived
mail three 3
is "no campaign mails her" "$(sql "SELECT group_concat(candidate_id) FROM (SELECT candidate_id FROM message WHERE campaign = 'three' AND state = 'sent' ORDER BY 1)")" "2,3"
is "nor is she asked again" "$(apply)" "questions:0,archived:0,waiting:1"
is "an access request tells" "$("$NURTURE" candidates export anna@example.org | grep -c archived_at.:1787)" 1

# Coming back
serve
page anna.txt | grep -o 'Drücken Sie den Knopf, und Kestrel Labs schreibt Ihnen wieder' >page.txt || true
ok "the link in the old mail brings her back" [ -s page.txt ]
page anna.txt action=keep >/dev/null
is "by herself" "$(why anna | grep -c reason.:.archived || true)" 0
at 2026-09-10
is "back from holiday El is asked" "$(due)" "reconfirm el@example.org"
sed -i '/^sunset:/,$d' nurture.yaml
is "without sunset.after nobody is" "$(due)" ""
done_testing
