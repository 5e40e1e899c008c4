#!/bin/sh
# t1312-ats-events.sh - what vendors' events mean, in the shapes they publish
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"
# shellcheck source=tests/lib/hooks.sh
. "$(dirname "$0")/lib/hooks.sh"

plan 20
export NURTURE_NOW="2026-02-22 09:00"
vendors="greenhouse ashby workable merge"
mkdir -p "$TMP/ws"
cd "$TMP/ws"
# shellcheck disable=SC2086  # one word a vendor
hooks_workspace $vendors
printf 'email\nsomebody@example.org\n' >"$TMP/p.csv"
"$NURTURE" -q candidates import "$TMP/p.csv" >/dev/null
background "$NURTURE" serve --listen 127.0.0.1:0 --once-ready-file "$TMP/ready" >"$TMP/serve.out" 2>"$TMP/serve.err"
wait_for "$TMP/ready" || sed 's/^/# /' "$TMP/serve.err"
base=$(cat "$TMP/ready")
for v in $vendors; do
    file=$tests/data/ats/events/$v.jsonl
    python3 "$tests/lib/hook.py" "$base" "$v" "$file" each 1771750800000 >"$TMP/$v.out"
    is "$v: all events are stored" "$(sed 's/ *$//' "$TMP/$v.out" | sort | uniq -c | sed 's/^ *//')" \
        "$(wc -l <"$file" | tr -d ' ') 200 stored"
    until_is 0 "SELECT count(*) FROM hook_inbox WHERE state = 'new'"
    is "$v: and understood" "$(sql "SELECT event, error FROM hook_inbox WHERE state = 'failed'")" ""
done
is "what is not ours is passed over" "$(sql "SELECT group_concat(event, ' ') FROM (SELECT event FROM hook_inbox WHERE state = 'ignored' ORDER BY event)")" \
    "interviewScheduleCreate"
stands() { # SRC: each application, how it stands
    sql "SELECT c.first_name, a.status, coalesce(a.stage_kind, '-'), coalesce(a.reached, '-'),
          coalesce(a.reject_by, '-'), coalesce(date(a.hired_at / 1000, 'unixepoch'), date(a.rejected_at / 1000, 'unixepoch'), '-')
         FROM application a LEFT JOIN candidate c USING (candidate_id) WHERE a.src = '$1' ORDER BY a.remote_id"
}
is "greenhouse: how they stand" "$(stands greenhouse)" "\
Gabi|rejected|offer|offer|us|2026-02-15
Gil|hired|screen|offer|-|2026-02-18
Glen|active|applied|offer|-|-
Greta|active|lead|-|-|-
Guy|withdrawn|applied|applied|-|2026-02-22
Gwendolyn|active|applied|applied|-|-
Gwendolyn|active|applied|applied|-|-
Gus|active|applied|applied|-|-
Gemma|active|applied|applied|-|-
Gert|rejected|interview|interview|candidate|2026-02-15
Gina|active|interview|interview|-|-
Gita|active|applied|applied|-|-"
is "ashby: how they stand" "$(stands ashby)" "\
Abe|rejected|interview|interview|us|2026-02-13
Ada|hired|hired|offer|-|2026-02-14
Alf|rejected|screen|offer|candidate|2026-02-13
Amelie|active|screen|screen|-|-
Amelie|active|screen|screen|-|-
Ann|active|screen|screen|-|-
Art|active|lead|-|-|-
|active|-|-|-|-"
is "workable: how they stand" "$(stands workable)" "\
Walt|rejected|interview|interview|us|2026-02-14
Wim|hired|hired|offer|-|2026-02-15
Wes|rejected|interview|interview|candidate|2026-02-12
Will|withdrawn|applied|applied|-|2026-02-20
Wanda|active|lead|-|-|-"
is "merge: how they stand" "$(stands merge)" "\
Max|rejected|screen|offer|us|2026-02-14
Mia|hired|-|offer|-|2026-02-12
May|hired|hired|offer|-|2026-02-12
Mel|withdrawn|interview|interview|-|2026-02-15"
is "who was merged is somebody else now" "$(sql "SELECT a.email, c.email FROM candidate_address a JOIN candidate c USING (candidate_id) WHERE a.email <> c.email ORDER BY 1")" \
    "amy@example.org|amelie@example.org
gwen@example.org|gwendolyn@example.org"
is "who is gone there is not mailed, and erased later" "$(sql "SELECT first_name FROM hold JOIN candidate USING (candidate_id) WHERE kind = 'erasing' AND lifted_at IS NULL ORDER BY 1" | tr '\n' ' ')" \
    "Ann Gemma Gus Mo Will "
is "nor who may not be written to" "$(sql "SELECT first_name FROM hold JOIN candidate USING (candidate_id) WHERE kind = 'do_not_contact'")" Moe
is "silver medallists" "$(sql "SELECT DISTINCT c.first_name FROM application a JOIN candidate c USING (candidate_id)
    WHERE a.status = 'rejected' AND a.reject_by = 'us' AND a.reached IN ('interview', 'offer') ORDER BY 1" | tr '\n' ' ')" \
    "Abe Gabi Max Walt "
is "jobs close and open" "$(sql "SELECT src, title, status FROM job ORDER BY src")" "\
ashby|Data Engineer|closed
greenhouse|Designer|closed
greenhouse|Writer|open
merge|SRE|open
workable|Backend Developer|"
is "a hire that was taken back is none" "$(sql "SELECT group_concat(first_name, ' ') FROM (SELECT first_name
    FROM event JOIN candidate USING (candidate_id) WHERE kind = 'hired' ORDER BY 1)")" "Ada Gil May Mia Wim"
kill "$pids"
wait "$pids" || true
pids=
is "nothing was logged of addresses" "$(grep -c '@example.org' "$TMP/serve.err")" 0
exit $failed
