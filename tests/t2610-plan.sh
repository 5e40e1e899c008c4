#!/bin/sh
# t2610-plan.sh - a plan for people, programs and pull requests
. "$(dirname "$0")/lib/lib.sh"
plan 39
SMTP_PORT=1 # nothing is sent
workspace "$TMP/ws"
n() { "$NURTURE" --no-input --now "2026-03-02 08:00" -C "$TMP/ws" "$@"; }
mails=$TMP/ws/campaigns/backend-nurture
sed -i 's/^holdout: .*/holdout: 0%/' "$mails/campaign.md"
{
    people 40
    echo "de@example.org,TEST,Berg,DE,senior,backend,no,2026-01-05,you met us at a fair"
} >"$TMP/p.csv"
n candidates import "$TMP/p.csv" >/dev/null 2>&1

n plan backend-nurture >"$TMP/plan" 2>"$TMP/err"
has() { grep -q -- "$1" "$TMP/plan"; }
ok "the variants are counted by segment" has '^  welcome  *a / b  *0 / 0  *[1-9][0-9]* / [1-9][0-9]*$'
echo "email,first_name,seniority,interest,language
g@example.org,Greta,senior,backend,de" >"$TMP/german.csv"
cp -R "$TMP/ws" "$TMP/german"
"$NURTURE" -q -C "$TMP/german" candidates import "$TMP/german.csv" --consent "you met us" --at 2026-01-05 >/dev/null 2>&1
ok "who reads a translation is in no test" sh -c '"$NURTURE" --now "2026-03-02 08:00" -C "$1" plan backend-nurture 2>/dev/null |
    grep -q "^  welcome  *a / b / translated  .* [0-9]* / [0-9]* / 1$"' - "$TMP/german"
ok "later mails say their wait and condition" has '^  salary  *+14 days .* 40   if seniority >= senior$'
ok "days have their weekday" has '^  Mon  2 Mar 2026  █'
ok "the subject is shown as it reads" has 'Anna, a note from Kestrel'
id=$(sed -n 's/^Plan \([0-9a-f]*\) .*/\1/p' "$TMP/plan")
is "the same files and people are the same plan" "$(n plan backend-nurture 2>/dev/null | sed -n 's/^Plan \([0-9a-f]*\) .*/\1/p')" "$id"
status_is "something to send exits with 10 if asked" 10 n plan backend-nurture --exit-code

json() { # EXPRESSION: of the plan p
    n --json plan backend-nurture --left-out 2>"$TMP/err" | python3 -c "import json, sys
p = json.load(sys.stdin)
print($1)"
}
is "the JSON is one object, with the problems in it" "$(json 'p["schema"], p["plan"], p["people"], sorted({x["code"] for x in p["problems"]})')" \
    "1 $id 40 ['W613', 'W702', 'W705']"
is "nothing else is said" "$(cat "$TMP/err")" ""
is "it counts variants, steps and days" "$(json 'sum(v["people"] for s in p["segments"] for v in s["variants"]), [s["mail"] for s in p["steps"]], p["days"]')" \
    "40 ['welcome', 'team', 'salary', 'check-in'] [{'date': '2026-03-02', 'people': 40}]"
is "and names who is held back, if asked" "$(json 'p["held_back"]')" "[{'email': 'de@example.org', 'reason': 'bad_data', 'detail': ''}]"
ok "but not otherwise" sh -c '! "$@" | grep -q "held_back"' - "$NURTURE" -C "$TMP/ws" --json plan backend-nurture

n plan backend-nurture --markdown >"$TMP/plan" 2>"$TMP/err"
ok "the Markdown has the funnel" has '^| \*\*will get it\*\* | \*\*40\*\* |$'
ok "and the problems" has '^- \*\*W705\*\* `campaigns/backend-nurture/campaign.md` '
ok "and nobody's address" sh -c '! grep -q "@example.org" "$1"' - "$TMP/plan"

# a draft
sed -i 's/^status: ready/status: draft/' "$mails/campaign.md"
n plan backend-nurture >"$TMP/plan" 2>/dev/null
ok "a draft's plan does not say that it can be sent" sh -c '! grep -q "nurture launch" "$1"' - "$TMP/plan"
ok "but what to write first" has "^It is a draft. To send it, write  status: ready  in campaigns/backend-nurture/campaign.md,"
status_is "its launch is refused before it asks" 3 n launch backend-nurture
ok "with the reason" grep -q "status is not 'ready'" "$TMP/err"
sed -i 's/^status: draft/status: ready/' "$mails/campaign.md"

# a kept plan
n plan show "$id" >"$TMP/plan"
ok "a kept plan shows whom it is for" has '^  will get it  *40$'
ok "and who is left out" has '^  strange or missing data  *-1$'
ok "and when it was made" has "^Plan $id  backend-nurture   made on 2 March 2026, 09:00$"
is "as JSON" "$(n --json plan show "$id" | python3 -c 'import json, sys
p = json.load(sys.stdin)
print(p["plan"], p["people"], p["left_out"])')" "$id 40 {'bad_data': 1}"
status_is "there is no other" 1 n plan show ffffffffff
"$NURTURE" --now "2026-03-04 08:00" -C "$TMP/ws" plan show "$id" >"$TMP/plan"
ok "an old one says so" has "^Older than a day: make another with  nurture plan backend-nurture"

# started later than the files say
cp -r "$TMP/ws" "$TMP/later"
l() { at=$1; shift; XDG_STATE_HOME="$TMP/later.state" "$NURTURE" --no-input --now "$at" -C "$TMP/later" "$@"; }
l "2026-03-02 08:00" candidates import "$TMP/p.csv" >/dev/null 2>&1
status_is "a start in the past is refused" 2 l "2026-03-02 08:00" launch backend-nurture --yes=40 --start "2026-03-01 09:00"
status_is "a later one is not" 0 l "2026-03-02 08:00" launch backend-nurture --yes=40 --start "2026-03-05 11:00"
ok "it says when" grep -q "first mails on Thu  5 Mar 2026" "$TMP/err"
later=$(find "$TMP/later.state" -name nurture.db)
is "nobody gets mail before" "$(sqlite3 "$later" "SELECT count(*), datetime(min(due_at) / 1000, 'unixepoch') FROM enrolment WHERE control = 0")" "40|2026-03-05 10:00:00"
l "2026-03-04 12:00" run --limit 1 >/dev/null 2>&1 || true
is "a day before nothing is queued" "$(sqlite3 "$later" "SELECT count(*) FROM message WHERE kind = 'campaign'")" 0
l "2026-03-05 12:00" run --limit 1 >/dev/null 2>&1 || true
is "then everything is" "$(sqlite3 "$later" "SELECT count(*) FROM message WHERE kind = 'campaign'")" 40

# what differs from the version that runs
n launch "$id" --yes=40 >/dev/null 2>&1
n plan backend-nurture >"$TMP/plan" 2>/dev/null
ok "right after the launch nothing differs" sh -c '! grep -q "^Different" "$1"' - "$TMP/plan"
sed -i 's/^subject: Who you/subject: Whom you/' "$mails/team.md"
echo "one more" >"$TMP/ws/templates/snippets/more.md"
n plan backend-nurture >"$TMP/plan" 2>/dev/null
is "then every line that does" "$(sed -n '/^Different/,/^$/p' "$TMP/plan")" "Different from the version that runs
  campaigns/backend-nurture/team.md
    - subject: Who you would work with
    + subject: Whom you would work with
  templates/snippets/more.md  (new)"
ok "and who is in the middle" has "^40 people are in the middle, before 'welcome'"
is "as JSON" "$(json '[(c["file"][-7:], c["change"], c["lines_added"], c["lines_removed"]) for c in p["changes"]]')" \
    "[('team.md', 'changed', 1, 1), ('more.md', 'added', 0, 0)]"
status_is "nobody new is nothing to send" 0 n plan backend-nurture --exit-code

# Another campaign waits for the same rate: 2 an hour are 30 today, 48 a day.
sed -i -e "s/cap: .*/cap: unlimited/" -e "s/rate: .*/rate: 2 per hour/" "$TMP/ws/nurture.yaml"
days_of() { n --json plan engineering-update 2>/dev/null | python3 -c 'import json, sys
print([(d["date"][-2:], d["people"], d.get("others", 0)) for d in json.load(sys.stdin)["days"]])'; }
is "the calendar counts the mail of others that goes first" "$(days_of)" "[('02', 0, 30), ('03', 38, 10), ('04', 2, 0)]"
n plan engineering-update >"$TMP/plan" 2>/dev/null
ok "and shows it" has "^  Tue  3 Mar 2026 .* 38  beside 10 of other campaigns, which go first"
sed -i "s/^status: ready/status: ready\npriority: 10/" "$TMP/ws/campaigns/engineering-update.md"
is "who goes first itself need not wait" "$(days_of)" "[('02', 30, 0), ('03', 10, 0)]"
done_testing
