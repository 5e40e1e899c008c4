#!/bin/sh
# t1330-match.sh - ranking the pool for a role, the reviewed list, its campaign
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

plan 31
export NURTURE_NOW="2026-03-03 09:00"
start_sink "$TMP/inbox"
workspace "$TMP/ws"
cd "$TMP/ws" || exit 1
rm -rf campaigns segments
mkdir -p campaigns/role-opens roles segments
cat >fields.yaml <<'YAML'
fields:
  - name: seniority
    type: choice
    ordered: yes
    values: [junior, mid, senior, staff]
  - name: interest
    type: set
  - name: skill
    type: set
YAML
cat >roles/backend-berlin.md <<'ROLE'
---
title: Senior Backend Engineer (m/f/d)
city: Berlin
url: https://jobs.kestrel.example/backend
salary: 78,000 to 95,000 EUR
interests: [backend, sre]
levels: [senior, staff]
countries: [DE, AT]
skills: [Go, C++]
recruiter: talent-team
job: greenhouse:77
closes: 2026-04-30
---
- A team of five.
ROLE
cat >campaigns/role-opens/campaign.md <<'CAMPAIGN'
---
name: A role opens
status: ready
needs: role
audience: interest has any role.interests or country in role.countries
from: role.recruiter
steps:
  - mail: announce
  - mail: last-call
    wait: until role.closes minus 5d
---
CAMPAIGN
cat >campaigns/role-opens/announce.md <<'MAIL'
---
subject: '{{ role.title }} in {{ role.city }}'
preheader: You are among the first we tell.
---
Hi {{ first_name or "there" }},

we are about to advertise this.

[Tell me more]({{ role.url }}){button}
MAIL
sed 's/we are about to/this closes soon, and we still/' \
    campaigns/role-opens/announce.md >campaigns/role-opens/last-call.md
cat >people.csv <<'CSV'
email,first_name,city,country,language,job_title,seniority,interest,skill,notes
best@example.org,Bea,Berlin,DE,en,Backend Engineer,senior,backend;sre,go;c++,
mid@example.org,Mia,Vienna,AT,en,Backend Developer,mid,backend,java,
far@example.org,Fay,Paris,FR,en,Engineer,senior,backend,,
note@example.org,Noa,Berlin,DE,en,Controller,senior,,,met at a meetup: writes C++ at night
silver@example.org,Sil,Berlin,DE,en,Backend Engineer,senior,backend;sre,go;c++,
opted@example.org,Otto,Berlin,DE,en,Backend Engineer,senior,backend;sre,go,
process@example.org,Pia,Berlin,DE,en,Backend Engineer,senior,backend;sre,go,
nobody@example.org,Nora,Berlin,DE,en,Pastry Chef,senior,sales,,
CSV
"$NURTURE" -q candidates import people.csv --consent "job fair" --at 2026-02-01 >/dev/null
printf 'email,interest\nsilent@example.org,backend\n' >silent.csv
"$NURTURE" -q candidates import silent.csv >/dev/null
DB=$(find "$XDG_STATE_HOME" -name nurture.db)
id_of() { sqlite3 "$DB" "SELECT candidate_id FROM candidate WHERE email = '$1@example.org'"; }
application() { # ID WHO STATUS REACHED
    sqlite3 "$DB" "INSERT INTO application (src, remote_id, candidate_id, status,
     reached, applied_at, rejected_at, updated_at) VALUES ('greenhouse', '$1',
     $(id_of "$2"), '$3', '$4', 1740000000000, 1745000000000, 0)"
}
application 1 silver rejected offer
application 2 process active interview
sqlite3 "$DB" "INSERT INTO suppression (address_hmac, reason, at) SELECT
 address_hmac, 'opted_out', 1 FROM candidate WHERE email LIKE 'opted%'"

match() { "$NURTURE" match backend-berlin "$@"; }
order() { sed -n 's/^ *[0-9]* *[0-9]*  \([a-z]*\)@.*/\1/p'; }

ok "the files are good" "$NURTURE" check
match >ranked
is "the best fits come first" "$(order <ranked | tr '\n' ' ')" \
    "silver best mid far note "
is "how far somebody got is said" \
    "$(grep -c 'reached [0-9]*/10 (offer, rejected Apr 2025)' ranked)" 1
is "so is a word of a note" \
    "$(grep -A1 note@ ranked | grep -c 'words [0-9]*/20 (c++)')" 1
is "and a level one step beside" \
    "$(grep -A1 mid@ ranked | grep -o 'seniority [0-9/]* ([a-z, ]*)')" \
    "seniority 8/15 (mid, one step beside)"
is "and the consent" "$(grep -c 'consent: given 2026-02-01, job fair' ranked)" 5
is "who shares nothing is not looked at" "$(head -1 ranked | cut -d: -f2 | cut -d' ' -f2)" 8
is "those who may not be mailed are counted" \
    "$(sed -n 's/^ *\([0-9]*\) of them would.*mailed: \(.*\)/\1 \2/p' ranked)" \
    "1 unsubscribed, bounced or complained
1 no valid consent, or past retention
1 in a hiring process, or hired"
is "and named on request" "$(match --left-out | grep -c '^   -')" 3
is "points add up" "$(match --json | python3 -c '
import json, sys
for p in json.load(sys.stdin)["people"]:
    if abs(sum(x["points"] for x in p["parts"].values()) - p["points"]) > 0.05:
        print(p)')" ""
is "only so many" "$(match --limit 2 | order | tr '\n' ' ')" "silver best "
"$NURTURE" candidates set note@example.org job_title="Backend Engineer" >/dev/null
is "a change of title counts at once" "$(match --json | python3 -c '
import json, sys
print([p["parts"]["words"]["why"] for p in json.load(sys.stdin)["people"]
       if p["email"].startswith("note")][0])')" "c++, backend, engineer"
"$NURTURE" candidates set note@example.org job_title=Controller >/dev/null
sed -i 's/^languages:/ranking:\n  location: 1000\nlanguages:/' nurture.yaml
is "weights are settings" "$(match | order | tail -1)" far
sed -i '/^ranking:/,/location:/d' nurture.yaml
status_is "an unknown role is named" 1 "$NURTURE" match backend-berlim
is "with the nearest" "$(cat "$TMP/err")" \
    "nurture: there is no role 'backend-berlim' (roles/backend-berlim.md); did you mean 'backend-berlin'?"

# Review first: nothing is launched without a list.
"$NURTURE" plan role-opens --role backend-berlin >plan 2>/dev/null
is "a plan without a list says so" "$(grep -c 'nobody has reviewed a list yet' plan)" 1
status_is "and cannot be launched" 3 "$NURTURE" launch role-opens --role backend-berlin --yes=6
match --save --limit 3 >/dev/null 2>&1
match --drop mid@example.org >/dev/null
is "a dropped one stays visible" "$(match | grep -c 'mid@.*dropped')" 1
match --save --limit 3 >/dev/null 2>&1
"$NURTURE" --no-input plan role-opens --role backend-berlin >plan 2>/dev/null
is "saving again brings nobody back" "$(sed -n 's/ *will get it *//p' plan)" 2
status_is "a plan knows its role" 0 "$NURTURE" launch \
    "$(sed -n 's/^Plan \([0-9a-f]*\) .*/\1/p' plan)" --yes=2
ok "it runs" "$NURTURE" run
is "only the list is mailed" "$(sqlite3 "$DB" "SELECT group_concat(rcpt, ' ') FROM
 (SELECT rcpt FROM message WHERE state = 'sent' ORDER BY rcpt)")" \
    "best@example.org silver@example.org"
printf 'email,first_name,interest,country,consent_at,consent_source\nlate@example.org,Lea,backend;sre,DE,2026-02-01,fair\n' >late.csv
"$NURTURE" -q candidates import late.csv >/dev/null
ok "a newcomer fits" sh -c "\"$NURTURE\" match backend-berlin | grep -q late@"
"$NURTURE" run >/dev/null 2>&1
is "and is not told by itself" "$(sqlite3 "$DB" "SELECT count(*) FROM enrolment")" 2

# Words of the erased are gone from the index, and from the disk.
"$NURTURE" candidates set note@example.org notes="plays the sackbut" >/dev/null
ok "a note is found" sh -c "sqlite3 '$DB' \"SELECT count(*) FROM candidate_words
 WHERE candidate_words MATCH 'sackbut'\" | grep -qx 1"
"$NURTURE" -q candidates erase note@example.org --yes
is "an erased note is not on the disk" "$(cat "$DB" "$DB-wal" | grep -c sackbut)" 0

# The ATS closes the job: the campaign ends.
sqlite3 "$DB" "INSERT INTO job (src, remote_id, title, status, updated_at)
 VALUES ('greenhouse', '77', 'Backend', 'closed', 1)"
"$NURTURE" run >/dev/null 2>&1
is "a closed job ends the campaign" "$(sqlite3 "$DB" "SELECT state FROM campaign")" ended
is "and everybody leaves it" "$(sqlite3 "$DB" "SELECT DISTINCT state || ' ' || exit_reason FROM enrolment")" \
    "exited role_closed"
sqlite3 "$DB" "UPDATE job SET status = 'open'; UPDATE campaign SET state = 'running'"
NURTURE_NOW="2026-04-30 09:00" "$NURTURE" run >/dev/null 2>&1
is "a role is open on the day it closes" "$(sqlite3 "$DB" "SELECT state FROM campaign")" running
NURTURE_NOW="2026-05-01 09:00" "$NURTURE" run >/dev/null 2>&1
is "a run on the day after ends the campaign" "$(sqlite3 "$DB" "SELECT state FROM campaign")" ended
is "nor can it be planned then" "$(NURTURE_NOW="2026-05-01 09:00" "$NURTURE" plan role-opens \
    --role backend-berlin 2>&1 | grep -o 'closed on 30 April 2026')" "closed on 30 April 2026"
done_testing
