#!/bin/sh
# t1310-ats-hooks.sh - each vendor's webhook: right, wrong, missing, replayed
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"
# shellcheck source=tests/lib/hooks.sh
. "$(dirname "$0")/lib/hooks.sh"

plan 61
export NURTURE_NOW="2026-02-22 09:00"
now=1771750800000
vendors="greenhouse ashby workable lever smartrecruiters merge standard"
mkdir -p "$TMP/ws/ats"
cd "$TMP/ws"
# shellcheck disable=SC2086  # one word a vendor
hooks_workspace $vendors
# An adapter of the workspace's own.
printf 'what\ton\tname\tvalue\nset\t-\tscheme\tstandard-webhooks\nset\t-\tevent\t$.type\nevent\tapplied\t-\tcandidate application\nfield\t*\tcandidate.id\t$.who\nfield\t*\tcandidate.emails\t$.mail\nfield\t*\tapplication.id\t$.what\nfield\t*\tapplication.candidate_id\t$.who\nfield\t*\tapplication.status\t$.status\nvalue\tapplication.status\topen\tactive\n' >ats/standard.tsv
printf '{"type":"applied","who":7,"what":"a-7","mail":"standard@example.org","status":"open"}\n' >"$TMP/standard.json"
{
    echo email,first_name,consent_at,consent_source
    for v in $vendors; do echo "$v@example.org,$v,2026-01-05,you joined"; done
} >"$TMP/p.csv"
n() { "$NURTURE" -q "$@"; }
n candidates import "$TMP/p.csv" >/dev/null
ok "the settings have no error" n check
is "before any news, mail waits" "$(n why ashby@example.org | head -1 | tr -s ' ')" \
    "mail in general the ATS data is too old: last news: never"
background "$NURTURE" serve --listen 127.0.0.1:0 --once-ready-file "$TMP/ready" >"$TMP/serve.out" 2>"$TMP/serve.err"
wait_for "$TMP/ready" || sed 's/^/# /' "$TMP/serve.err"
base=$(cat "$TMP/ready")
hook() { # HOOK HOW [FILE]
    python3 "$tests/lib/hook.py" "$base" "$1" "${3:-$tests/data/ats/$1.json}" "$2" "$now" | sed 's/ *$//'
}
refused="401 the signature is missing, wrong or old"
for v in $vendors; do
    file=$tests/data/ats/$v.json
    [ "$v" != standard ] || file=$TMP/standard.json
    is "$v: a missing signature" "$(hook "$v" missing "$file")" "$refused"
    is "$v: a wrong one" "$(hook "$v" wrong "$file")" "$refused"
    is "$v: neither is stored" "$(sql "SELECT count(*) FROM hook_inbox WHERE hook = '$v'")" 0
    is "$v: the right one" "$(hook "$v" right "$file")" "200 stored"
    is "$v: the same again" "$(hook "$v" right "$file")" "200 known already"
done
is "lever: an old one" "$(hook lever old)" "$refused"
is "standard: an old one" "$(hook standard old "$TMP/standard.json")" "$refused"
is "greenhouse: a body that was changed" "$(hook greenhouse other)" "$refused"
is "smartrecruiters: the handshake" "$(hook smartrecruiters handshake)" "200 hello hello-there"
is "smartrecruiters: signed with the subscription's key" "$(hook smartrecruiters signed)" "200 stored"
is "and the same again" "$(hook smartrecruiters signed)" "200 known already"
is "which is asked of the key alone" "$(curl -s -d '{}' -H "Authorization: s3cret-of-smartrecruiters" \
    -H 'smartrecruiters-signature: v1=00' "$base/hooks/smartrecruiters")" "the signature is missing, wrong or old"
is "which is not for others" "$(hook ashby handshake)" "$refused"
is "no such hook" "$(curl -s -o /dev/null -w '%{http_code}' -d '{}' "$base/hooks/nobody")" 404
is "merge: the candidate behind the application" \
    "$(hook merge right "$tests/data/ats/merge-candidate.json")" "200 stored"
until_is 0 "SELECT count(*) FROM hook_inbox WHERE state = 'new'"
sql "UPDATE fact SET value = '1' WHERE name = 'ats.synced_at'"
printf '{"type":"ping"}\n' >"$TMP/ping.json"
is "standard: what brings no record" "$(hook standard right "$TMP/ping.json")" "200 stored"
until_is ignored "SELECT state FROM hook_inbox WHERE event = 'ping'"
is "shows that the ATS reaches us" "$(sql "SELECT value > '1' FROM fact WHERE name = 'ats.synced_at'")" 1
is "all were understood" "$(n ats inbox --all | grep -v ' ping' | awk '{print $4, $5, $6}' | sort)" "done ashby candidateStageChange
done greenhouse candidate_stage_change
done lever candidateStageChange
done merge Application.changed
done merge Candidate.changed
done smartrecruiters application.status.updated
done smartrecruiters application.status.updated
done standard applied
done workable candidate_moved"
is "and their bodies forgotten" "$(sql "SELECT count(body) FROM hook_inbox")" 0
is "everybody is in a process" "$(for v in $vendors; do n why "$v@example.org" | head -1 | tr -s ' '; done | sort -u)" \
    "mail in general in a hiring process, or hired"
is "with their stages" "$(sql "SELECT src, stage_kind, ats_status FROM application JOIN candidate USING (candidate_id) ORDER BY src")" "ashby|screen|screening
greenhouse|interview|interviewing
lever|interview|interviewing
merge|interview|interviewing
smartrecruiters|applied|applied
standard||in_process
workable|screen|screening"
is "jobs come along" "$(sql "SELECT title, status, replace(locations, char(31), '+') FROM job WHERE src = 'greenhouse'")" \
    "Senior Platform Engineer|open|Berlin+Lisbon"
is "other addresses too" "$(sql "SELECT email FROM candidate_address")" "gina@home.example"
ok "a fetch command gets the body" grep -q application_id "$TMP/asked"

# What cannot be understood is kept, with the reason.
printf '{"type":"applied","who":8,"what":"a-8","status":"perhaps"}\n' >"$TMP/odd.json"
is "an event that makes no sense is stored all the same" \
    "$(hook standard right "$TMP/odd.json")" "200 stored"
until_is 0 "SELECT count(*) FROM hook_inbox WHERE state = 'new'"
ok "and listed with the reason" sh -c "'$NURTURE' ats inbox | grep -q \"failed .*'perhaps' is not in ats/standard.tsv; add a row\""
printf 'value\tapplication.status\tperhaps\tactive\n' >>ats/standard.tsv
is "once the table knows it, it is taken" "$("$NURTURE" ats inbox retry)" "1 understood, 0 not"
is "and off the list" "$("$NURTURE" ats inbox)" "Every webhook has been understood."
kill "$pids"
wait "$pids" || true
pids=
is "nothing was logged of secrets or addresses" "$(grep -c -e s3cret -e '@example.org' "$TMP/serve.err")" 0
exit $failed
