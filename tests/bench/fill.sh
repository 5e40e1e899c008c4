#!/bin/sh
# fill.sh BENCH_FILL - compile and fill the example's mails for 20,000 people
set -eu
NURTURE=${NURTURE:-$PWD/build/nurture}
TMP=$(mktemp -d)
export XDG_STATE_HOME="$TMP/state" HOME="$TMP"
trap 'rm -rf "$TMP"' EXIT
"$NURTURE" --no-input -q init "$TMP/ws"
awk 'BEGIN {
    split("Anna Björn Chloé David Eva Farid Güler Hana", first, " ")
    split("senior staff mid", level, " ")
    print "email,first_name,last_name,country,city,job_title,employer,seniority,interest,open_to_work,source,consent_at,consent_source"
    for (i = 1; i <= 20000; i++)
        printf "p%d@example.org,%s,Berg %d,DE,Berlin,Backend Engineer,ACME & Sons,%s,backend;sre,no,fair,2026-01-05,you joined our talent community\n",
            i, i % 7 ? first[i % 8 + 1] : "", i, level[i % 3 + 1] }' >"$TMP/people.csv"
"$NURTURE" -q -C "$TMP/ws" candidates import "$TMP/people.csv" >/dev/null
"$1" "$TMP/ws"
