#!/bin/sh
# t2620-mail-parts.sh - what a mail is made of, from the files to the inbox:
# segments, variants, translations, senders, attachments, events, pictures
. "$(dirname "$0")/lib/lib.sh"
plan 21
start_sink "$TMP/sink"
workspace "$TMP/ws"
ws=$TMP/ws
c=$ws/campaigns/parts
n() { "$NURTURE" --no-input -q --now "2026-03-02 10:00" -C "$ws" "$@"; }
mkdir -p "$c" "$ws/files" "$ws/images"
printf '%%PDF-1.4 the bands, byte for byte \000\377\n' >"$ws/files/bands.pdf"
# a picture of 1 by 1 pixels
echo iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg== | base64 -d >"$ws/images/team.png"
printf 'Anna Schmidt\\\nTechnische Recruiterin bei Kestrel\n' >"$ws/senders/anna-schmidt.de.md"
echo 'first_name = Anna' >"$ws/segments/annas.seg"
echo 'everyone' >"$ws/segments/rest.seg"
cat >"$c/campaign.md" <<'C'
---
name: Parts
status: ready
audience: [annas, rest]
from: recruiter
stop_when: replied in parts
goal: applied within 90d
holdout: 20%
steps:
  - mail: one
---
C
cat >"$c/one.md" <<'C'
---
subject: The first one
preheader: With a picture and a file.
attach: [files/bands.pdf]
event:
  title: Open house
  start: 2026-04-16 17:00
  length: 90 minutes
  where: Berlin
variants:
  - id: a
    share: 50%
  - id: b
    share: 50%
    subject: The other one
---
Hi {{ first_name or "there" }},

{% if audience = annas %}
this sentence is for Annas, and the salary bands are attached.
{% else %}
this sentence is for all others, and the salary bands are attached.
{% endif %}

![Our team at its summer party](team.png){width=120}

[Read the story](https://kestrel.example/blog/twice){button}
C
cat >"$c/one.de.md" <<'C'
---
subject: Die erste
preheader: Mit Bild und Datei.
---
Hallo {{ first_name or "und guten Tag" }},

die Gehaltsbänder sind angehängt, und alles andere steht hier drin.
C
{
    echo "email,first_name,language,recruiter,consent_at,consent_source"
    for i in $(seq 1 30); do echo "en$i@example.org,Anna,en,anna-schmidt,2026-01-05,you met us"; done
    for i in $(seq 1 30); do echo "jo$i@example.org,Bo,en,jonas-weber,2026-01-05,you met us"; done
    for i in $(seq 1 10); do echo "de$i@example.org,Uwe,de,anna-schmidt,2026-01-05,you met us"; done
    for i in $(seq 1 10); do echo "no$i@example.org,Cy,en,,2026-01-05,you met us"; done
} >"$TMP/p.csv"
n candidates import "$TMP/p.csv" >/dev/null
status_is "the files have no error" 0 n check parts
n --json plan parts 2>/dev/null >"$TMP/plan"
people=$(sed -n 's/.*"people":\([0-9]*\),"already".*/\1/p' "$TMP/plan")
n launch parts --yes="$people" 2>/dev/null
n run >/dev/null

# mails FIELD..: of every mail in a sink's folder, sorted, a line each
cat >"$TMP/mails.py" <<'P'
import email, email.policy, glob, hashlib, os, sys

folder, what = sys.argv[1:]
files = [os.path.join(d, f) for d, _, names in os.walk(folder) for f in names]
for path in sorted(files):
    with open(path, "rb") as file:
        m = email.message_from_binary_file(file, policy=email.policy.default)
    if not m["To"]:
        continue
    to = m["To"].addresses[0].addr_spec
    kind = to[:2]
    text = m.get_body(("plain",)).get_content()
    html = m.get_body(("html",)).get_content()
    types = [p.get_content_type() for p in m.walk()]
    part = {p.get_content_type(): p for p in m.walk()}
    print(eval(what))
P
mails() { python3 "$TMP/mails.py" "$1" "$2" | sort | uniq -c | sed 's/^ *//'; }
each() { python3 "$TMP/mails.py" "$1" "$2" | sort -u; }

is "everybody of the plan has one" "$(each "$TMP/sink" 'to' | wc -l | tr -d ' ')" "$people"
control=$(sqlite3 "$(find "$XDG_STATE_HOME" -name nurture.db)" "SELECT sum(control) FROM enrolment")
is "the control group has none" "$((people + control))" 80
ok "and is about a fifth" test "$control" -gt 6 -a "$control" -lt 28
is "each mail is from the person's recruiter" "$(each "$TMP/sink" 'kind + " " + m["From"].addresses[0].addr_spec')" \
    "de anna.schmidt@mail.kestrel.example
en anna.schmidt@mail.kestrel.example
jo jonas.weber@mail.kestrel.example
no talent@mail.kestrel.example"
is "signed by them, in the mail's language" "$(each "$TMP/sink" '"%s %s" % (kind, [s for s in ("Technische Recruiterin", "Technical recruiter", "Engineering recruiter", "The talent team") if s in text and s in html])')" \
    "de ['Technische Recruiterin']
en ['Technical recruiter']
jo ['Engineering recruiter']
no ['The talent team']"
is "each segment reads its own sentence" "$(each "$TMP/sink" '"%s %s" % (kind, [s for s in ("for Annas", "for all others") if s in text and s in html])')" \
    "de []
en ['for Annas']
jo ['for all others']
no ['for all others']"
is "who reads German gets German" "$(each "$TMP/sink" '"%s %s" % (kind, m["Subject"] == "Die erste")')" "de True
en False
jo False
no False"

# variants
a=$(each "$TMP/sink" 'to + " " + m["Subject"]' | grep -c "The first one")
b=$(each "$TMP/sink" 'to + " " + m["Subject"]' | grep -c "The other one")
ok "half and half, about" test "$a" -ge $((b / 3)) -a "$b" -ge $((a / 3))
is "as many of each as planned" "$(python3 -c '
import json, sys
p = json.load(open(sys.argv[1]))
print({v["variant"]: sum(w["people"] for s in p["segments"] for w in s["variants"] if w["variant"] == v["variant"]) for s in p["segments"] for v in s["variants"]})' "$TMP/plan")" \
    "{'a': $a, 'b': $b}"
who=$(each "$TMP/sink" 'to if m["Subject"] == "The other one" else "-"' | grep en | head -1)
ok "a preview for the same person is the same variant" sh -c 'n=$1; shift; "$NURTURE" -C "$1" --now "2026-03-02 10:00" preview parts --as "$n" | grep -q "^Subject: The other one"' - "$who" "$ws"

# parts
is "the file arrives as it is" "$(each "$TMP/sink" 'hashlib.sha256(part["application/pdf"].get_payload(decode=True)).hexdigest()')" \
    "$(sha256sum "$ws/files/bands.pdf" | cut -d' ' -f1)"
is "under its name, as an attachment" "$(each "$TMP/sink" 'part["application/pdf"].get_filename() + " " + part["application/pdf"].get_content_disposition()')" "bands.pdf attachment"
is "the event is a calendar part" "$(each "$TMP/sink" '"%s %s" % (part["text/calendar"].get_param("method"), "DTSTART:20260416T150000Z" in part["text/calendar"].get_payload(decode=True).decode())')" "PUBLISH True"
is "a picture travels beside the HTML" "$(each "$TMP/sink" '"%s %s" % (kind, "image/png" in types)')" "de False
en True
jo True
no True"
is "the HTML shows that very part" "$(each "$TMP/sink" 'kind == "de" or "src=\"cid:" + part["image/png"]["Content-ID"].strip("<>") + "\"" in html')" "True"
is "it is inline, and its bytes are the file's" "$(each "$TMP/sink" '"" if kind == "de" else (part["image/png"].get_content_disposition(), hashlib.sha256(part["image/png"].get_payload(decode=True)).hexdigest())' | tail -1)" \
    "('inline', '$(sha256sum "$ws/images/team.png" | cut -d' ' -f1)')"
is "the parts are nested as mail programs expect" "$(each "$TMP/sink" '" ".join(types) if kind != "de" else ""' | tail -1)" \
    "multipart/mixed multipart/alternative text/plain multipart/related text/html image/png application/pdf text/calendar"

# hosted pictures: nothing travels
printf 'images:\n  base_url: https://img.kestrel.example/mail\n' >>"$ws/nurture.yaml"
n preview parts --raw --as "$who" >"$TMP/raw.eml" 2>/dev/null
mkdir "$TMP/hosted"
mv "$TMP/raw.eml" "$TMP/hosted"
is "published pictures stay where they are" "$(each "$TMP/hosted" '"image/png" in types, "src=\"https://img.kestrel.example/mail/team.png\"" in html')" "(False, True)"

# the same settings once more: nobody changes sides
is "who is kept out stays out" "$(n --json plan parts 2>/dev/null | sed -n 's/.*"already":\([0-9]*\).*/\1/p')" 80
n report parts >"$TMP/report" 2>/dev/null
ok "the report compares with the control group" grep -q "control" "$TMP/report"
done_testing
