#!/bin/sh
# t1100-candidates.sh - people in, people out, people changed
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

plan 32
export NURTURE_NOW="2026-03-03 09:00"
mkdir -p "$TMP/ws/segments"
cd "$TMP/ws"
cat >nurture.yaml <<'YAML'
company: Kestrel Labs
time_zone: Europe/Berlin
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
mkdir senders
printf -- '---\nname: Team\nemail: team@mail.kestrel.example\n---\nThe team\n' \
    >senders/team.md
cat >fields.yaml <<'YAML'
fields:
  - name: seniority
    type: choice
    ordered: yes
    values: [junior, mid, senior]
  - name: tag
    type: set
YAML
echo 'country in [DE, AT]' >segments/dach.seg
printf 'seniority >= mid\nand not dach\n' >segments/far.seg
database() { find "$TMP/state" -name nurture.db; }
people() { "$NURTURE" candidates list --fields email,city,seniority | tr -s ' '; }

# A file as a spreadsheet writes it: BOM, semicolons, CRLF, an empty last row.
printf '\357\273\277E-Mail;Vorname;City;Country;Seniority;Shoe size\r\n' >p.csv
printf 'Anna@Example.org;Anna;Berlin;de;Senior;38\r\n' >>p.csv
printf 'bo@example.org;=HYPERLINK("x");"Wien; Mitte";AT;snior;\r\n' >>p.csv
printf 'cy@example.org;Cy;Oslo;NO;mid;\r\n;;;;;\r\n' >>p.csv

status_is "a dry run finds what is wrong" 1 \
    "$NURTURE" -q candidates import p.csv --dry-run
is "and says where" "$(cat "$TMP/err")" \
    "p.csv:3:5: Seniority: 'snior' is not a value of 'seniority'; did you mean 'senior'?"
is "and writes nothing" "$("$NURTURE" candidates list)" ""
status_is "an import takes what is right" 1 \
    "$NURTURE" candidates import p.csv --consent "job fair" --at 2026-02-01
is "and counts" "$(sed 's/^ *//' "$TMP/out")" "p.csv: 3 rows
2 new people
1 rejected
these rows, each with its reason: p.csv.rejected.csv
Columns left out: Shoe size
To take it back: nurture candidates import --undo 1"
is "people are there" "$(people)" "Anna@example.org Berlin senior
cy@example.org Oslo mid"
is "rejected rows can be mended in a spreadsheet" \
    "$(sed -n 2p p.csv.rejected.csv | tr -d '\r')" \
    "bo@example.org,\"'=HYPERLINK(\"\"x\"\")\",\"Wien; Mitte\",AT,snior,,\"'snior' is not a value of 'seniority'; did you mean 'senior'?\""
sed -i 's/,snior,/,senior,/' p.csv.rejected.csv
ok "and imported" "$NURTURE" candidates import p.csv.rejected.csv
is "with their formula unharmed and unrun" \
    "$("$NURTURE" candidates export --fields email,first_name --where 'email = "bo@example.org"' | tail -1 | tr -d '\r')" \
    "bo@example.org,\"'=HYPERLINK(\"\"x\"\")\""
rm p.csv.rejected.csv.rejected.csv 2>/dev/null || true

# One person
ok "somebody is added" "$NURTURE" candidates add di@example.org first_name=Di
ok "and changed" "$NURTURE" candidates set DI@example.org city=Ulm seniority=mid
ok "and tagged" "$NURTURE" candidates tag di@example.org vip new
ok "and untagged" "$NURTURE" candidates tag di@example.org --remove new
is "and shown" "$("$NURTURE" candidates show di@example.org | grep -E '^(city|tag)' | tr -s ' ')" \
    "city Ulm
tag vip"
is "and as JSON, with the consent of others" \
    "$("$NURTURE" --json candidates show anna@example.org | grep -o '"consents":\[{"purpose":"mail","state":"given"')" \
    '"consents":[{"purpose":"mail","state":"given"'
status_is "an unknown value is refused" 1 \
    "$NURTURE" candidates set di@example.org seniority=boss
status_is "an unknown person too" 1 "$NURTURE" candidates show x@example.org

# Many rows with one fault
{ echo "email,seniority,note"; seq -f "r%.0f@example.org,boss,x" 1 30; echo "no-address,mid,x"; } >many.csv
status_is "a column full of mistakes" 1 "$NURTURE" -q candidates import many.csv --dry-run
is "is named ten times, then counted; another fault is still seen" "$(sed -n '10,$p' "$TMP/err" | cut -c1-76)" \
    "$(sed -n 10p "$TMP/err" | cut -c1-76)
many.csv: and 20 more lines, seniority: 'boss' is not a value of 'seniority'
$(sed -n 12p "$TMP/err" | cut -c1-76)"
ok "the other one" grep -q "^many.csv:32:" "$TMP/err"

# Segments
is "segments count" "$("$NURTURE" segment list | tr -s ' ')" \
    "dach 2 country in [DE, AT]
far 2 seniority >= mid and not dach"
is "and say why" "$("$NURTURE" segment test far di@example.org)" \
    "yes  seniority >= mid and not dach
yes    seniority >= mid
yes    not dach
no       dach
no         country in [DE, AT]"
is "missing data is found" "$("$NURTURE" candidates list --missing country --fields email | tr -d ' ')" \
    "di@example.org"

# Undo
ok "an import is taken back" "$NURTURE" candidates import --undo 1
is "with its people" "$(people)" "bo@example.org Wien; Mitte senior
di@example.org Ulm mid"

# kill -9 in the middle: nobody new is visible, and the same command goes on.
awk 'BEGIN { print "email,first_name,city";
    for (i = 0; i < 60000; i++) printf "p%d@example.net,P%d,Town\n", i, i;
    print "di@example.org,,Jena" }' >many.csv
"$NURTURE" candidates import many.csv >/dev/null 2>&1 &
importer=$!
i=0
while [ $i -lt 2000 ] && [ "$(sqlite3 "$(database)" \
    "SELECT coalesce(sum(added), 0) > 400 FROM batch WHERE state = 'open'")" != 1 ]; do
    i=$((i + 1))
done
kill -9 $importer
wait $importer 2>/dev/null || true
is "a killed import shows nothing" "$(people)" "bo@example.org Wien; Mitte senior
di@example.org Ulm mid"
"$NURTURE" candidates import many.csv >"$TMP/out" 2>/dev/null
is "the same command goes on" \
    "$(grep -c 'after those of the interrupted import' "$TMP/out")" 1
is "and ends where one run ends" \
    "$(sqlite3 "$(database)" "SELECT count(*), count(DISTINCT email_key),
       sum(city = 'Town'), sum(city = 'Jena') FROM candidate")" \
    "60002|60002|60000|1"


# Erasure
status_is "nobody is erased without being asked" 3 \
    "$NURTURE" --no-input candidates erase bo@example.org
ok "somebody is erased" "$NURTURE" candidates erase bo@example.org --yes
is "from the disk" \
    "$(cat "$(database)"* | grep -ac 'bo@example.org' || true)" 0
"$NURTURE" -q candidates import p.csv.rejected.csv >"$TMP/out" 2>"$TMP/err" || true
is "and does not come back" "$(cat "$TMP/err")" \
    "p.csv.rejected.csv:2: this person has been erased"
exit $failed
