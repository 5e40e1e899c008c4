#!/bin/sh
# t1350-privacy.sh - consents, access, erasure, and who did what
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

plan 28
export NURTURE_NOW="2026-03-03 09:00"
mkdir -p "$TMP/ws/senders" "$TMP/ws/segments"
cd "$TMP/ws"
cat >nurture.yaml <<'YAML'
company: Kestrel Labs
time_zone: UTC
languages: [en]
sending:
  domain: mail.kestrel.example
  fallback_sender: team
  bounces: bounces@mail.kestrel.example
  replies: replies@mail.kestrel.example
smtp:
  host: 127.0.0.1
  tls: off
legal:
  postal_address: Kestrel Labs, 1 Nest Road, Berlin
  privacy_url: https://kestrel.example/privacy
  lawful_basis: consent
YAML
printf -- '---\nname: Team\nemail: team@mail.kestrel.example\n---\nThe team\n' \
    >senders/team.md
printf 'email,first_name,city,notes\nQuetzal@Example.org,Quetza,Bern,likes Go\n' >p.csv
printf 'bo@example.org,Bo,Bern,\n' >>p.csv
consent() { "$NURTURE" candidates consent "$@"; }
audit() { "$NURTURE" audit list "$@" | sed 's/^[^ ]* [^ ]*  [^ ]*  //'; }

ok "people come in" "$NURTURE" candidates import p.csv

# The consent ledger
status_is "a consent needs a source" 1 consent quetzal@example.org given
status_is "and a purpose that exists" 1 \
    consent quetzal@example.org given --source fair --purpose spam
status_is "and a past" 1 \
    consent quetzal@example.org given --source fair --at 2026-04-01
ok "a consent is added" consent quetzal@example.org given --source "job fair" \
    --wording v3 --evidence "sheet 12" --expires 2027-03-03 --at 2026-02-01
ok "one of another purpose" consent quetzal@example.org given \
    --purpose click_tracking --source form
ok "and taken back" consent quetzal@example.org withdrawn \
    --purpose click_tracking --source phone
is "the ledger keeps all of it" \
    "$("$NURTURE" -q --json candidates consent quetzal@example.org | cut -d, -f2-5)" \
    '"purpose":"click_tracking","state":"withdrawn","source":"phone","wording":null
"purpose":"click_tracking","state":"given","source":"form","wording":null
"purpose":"mail","state":"given","source":"job fair","wording":"v3"'
is "a consent that has ended is none" \
    "$(NURTURE_NOW='2027-03-04 09:00' "$NURTURE" --json why quetzal@example.org 2>&1 | grep -c no_consent)" 1

# Access
ok "everything about one person is exported" \
    "$NURTURE" candidates export quetzal@example.org -o all.json
is "as one JSON object, with wording and evidence" \
    "$(python3 -c '
import json
p = json.load(open("all.json"))
c = p["consents"][0]
print(p["fields"]["notes"], c["wording"], c["evidence"], sorted(p)[:3])')" \
    "likes Go v3 sheet 12 ['address_rechecks', 'addresses', 'applications']"
is "that only its owner may read" "$(stat -c %a all.json)" 600
is "people as JSON lines" \
    "$("$NURTURE" candidates export --format json --fields email | cut -d, -f3)" \
    '"email":"Quetzal@example.org"}
"email":"bo@example.org"}'

# Erasure
ok "a change is made" "$NURTURE" candidates set quetzal@example.org city=Quetzaltown
ok "and is in the database" grep -rq Quetzaltown "$TMP/state"
ok "the person is erased" "$NURTURE" -q candidates erase quetzal@example.org --yes
status_is "the same file brings nobody back" 1 "$NURTURE" candidates import p.csv
status_is "nor does a hand" 3 "$NURTURE" candidates add quetzal@example.org
is "nobody is there but the other" \
    "$("$NURTURE" candidates list --fields email)" "bo@example.org"
is "and no file of ours has a trace" \
    "$(grep -rliE 'quetza|likes Go|sheet 12' "$TMP/state" || true)" ""

# What recruiters must not keep
printf 'email,Religion,shoe size,Gewerkschaft,niepełnosprawność\nq@example.org,a,b,c,d\n' >s.csv
status_is "special categories are refused" 1 "$NURTURE" candidates import s.csv
is "all of them at once" "$(cat "$TMP/err")" "nurture: s.csv:1:2: this looks like what recruiters must not keep about people (GDPR \
Articles 9 and 10): 'Religion' ('religion', en), 'Gewerkschaft' ('gewerkschaft', de), 'niepełnosprawność' ('niepełnosprawność', \
pl); leave it out with --map 'Religion=' --map 'Gewerkschaft=' --map 'niepełnosprawność='"
cat >a.jsonl <<'JSON'
{"type":"candidate","src":"gh","id":"1","emails":["cy@example.org"],"updated_at":"2026-03-01","rating":4,"religion":"Pastafari","custom":{"a":[1,{"ethnicity" : "Martian"}]}}
{"type":"candidate","src":"gh","id":"2","emails":["di@example.org"],"updated_at":"2026-03-01","rating":4,"custom":{"a":"of any race"}}
JSON
status_is "an ATS's records are taken" 0 "$NURTURE" ats apply a.jsonl
is "without them, which is said" "$(cat "$TMP/err")" \
    "a.jsonl: 'religion', 'custom' is not kept: recruiters must not (GDPR Articles 9 and 10); leave it out of the export"
is "they are nowhere" "$(grep -rliE 'Pastafari|Martian' "$TMP/state" || true)" ""
ok "but the rest is" grep -rq 'of any race' "$TMP/state"

# Who did what
is "the audit says so, without an address" "$(audit)" "import  2  p.csv
erased  candidate 1
change person  candidate 1  city
export person  candidate 1
consent withdrawn  candidate 1  click_tracking
consent given  candidate 1  click_tracking
consent given  candidate 1  mail
import  1  p.csv"
is "and can be asked" "$(audit --about 'candidate 1' --action erased)" \
    "erased  candidate 1"
