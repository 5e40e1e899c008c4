#!/bin/sh
# t9100-year.sh - a made-up year: imports, four campaigns, applications, hires,
# costs; every figure of every report is counted again by tests/lib/year.py
#
# Applications come through 'ats apply', and for a tenth of people as webhooks;
# another tenth clicks, leaves and answers over HTTP and by mail.
#
# YEAR_PEOPLE is the size of the pool; `make check-year` takes 50,000.
# YEAR_KEEP=DIR keeps the reports there.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

people=${YEAR_PEOPLE:-600}
export PYTHONDONTWRITEBYTECODE=1
year() { python3 "$tests/lib/year.py" "$@"; }
plan 21
start_sink "$TMP/inbox"
workspace "$TMP/ws"
cd "$TMP/ws" || exit 1
sed -i 's|cap: 2 per 14d|cap: 4 per 14d|' nurture.yaml
echo s3cret-of-greenhouse >"$TMP/secret"
printf 'ats:\n  hooks:\n    - name: greenhouse\n      secret_from: file %s\n' "$TMP/secret" >>nurture.yaml
rm -rf campaigns segments templates/snippets roles tests
mkdir campaigns segments
cat >fields.yaml <<'YAML'
fields:
  - name: seniority
    type: choice
    ordered: yes
    values: [junior, mid, senior, staff]
  - name: interest
    type: set
YAML
echo 'interest has any [backend, sre]' >segments/engineers.seg
echo 'interest has any [data] and not engineers' >segments/data-people.seg
echo 'country in [DE, AT, CH]' >segments/dach.seg
echo 'seniority >= senior' >segments/seniors.seg
text='Hi {{ first_name or "there" }},

some words about our work, and [more of them](https://kestrel.example/blog).
'
newsletter() { # NAME AUDIENCE
    printf -- '---\nname: %s\nstatus: ready\nsubject: News of %s for you\npreheader: A line that adds to it.\naudience: %s\nholdout: 10%%\nfrom: talent-team\n---\n%s' \
        "$1" "$1" "$2" "$text" >"campaigns/$1.md"
}
sequence() { # NAME AUDIENCE
    mkdir "campaigns/$1"
    printf -- '---\nname: %s\nstatus: ready\naudience: %s\nholdout: 10%%\nfrom: talent-team\nstop_when: replied in %s or applied within 60d\nsteps:\n  - mail: hello\n  - mail: more\n    wait: 21d\n---\n' \
        "$1" "$2" "$1" >"campaigns/$1/campaign.md"
    for m in hello more; do
        printf -- '---\nsubject: A word of %s about %s\npreheader: A line that adds to it.\n---\n%s' \
            "$m" "$1" "$text" >"campaigns/$1/$m.md"
    done
}
sequence engineering "[engineers, data-people]"
newsletter spring "[seniors, dach]"
sequence product "[dach]"
newsletter winter "everyone"
ok "the files are good" "$NURTURE" check

at() { # DATE: what the clock says from now on; the server's, some hours later
    export NURTURE_NOW="$1 09:00"
    perl -e 'open(F, "+>>", $ARGV[1]); close(F); open(F, "+<", $ARGV[1]);
        print F pack("q", $ARGV[0] * 1000)' "$(date -u -d "$1 15:00" +%s)" "$TMP/clock" # it is mapped
}
# The server writes down what hit it, and what a webhook says, by itself.
until_is() { # WANT QUERY
    i=0
    while [ "$(sqlite3 -cmd '.timeout 5000' "$DB" "$2")" != "$1" ] && [ $i -lt 2400 ]; do
        sleep 0.05
        i=$((i + 1))
    done
}
third=$((people / 3))
bring() { # FROM TO
    year people "$people" "$1" "$2" >people.csv
    "$NURTURE" -q candidates import people.csv >/dev/null
}
launch() { # CAMPAIGN
    n=$("$NURTURE" --json plan "$1" 2>/dev/null | python3 -c 'import json,sys; print([json.loads(l) for l in sys.stdin if "people" in l][-1]["people"])')
    "$NURTURE" -q launch "$1" --yes="$n" >"$TMP/launch" 2>&1 || cat "$TMP/launch"
}
pass() { # DATE..: news of the ATS, what is due leaves, and people react
    for d in "$@"; do
        at "$d"
        year news "$DB" "$d" "$(cat "$TMP/ready")" s3cret-of-greenhouse >ats.jsonl
        "$NURTURE" -q ats apply ats.jsonl >/dev/null || exit 1
        until_is 0 "SELECT count(*) FROM hook_inbox WHERE state = 'new'"
        "$NURTURE" -q run >/dev/null 2>&1
        year react "$DB" "$d"
        python3 "$tests/lib/year_people.py" act "$TMP/inbox" "$(cat "$TMP/ready")" \
            "$TMP/people.json" "$NURTURE" || exit 1
    done
}
at 2025-03-01
bring 0 $third
DB=$(find "$XDG_STATE_HOME" -name nurture.db)
env -u NURTURE_NOW NURTURE_CLOCK_FILE="$TMP/clock" "$NURTURE" serve --listen 127.0.0.1:0 \
    --recruiters off --once-ready-file "$TMP/ready" >"$TMP/serve" 2>&1 &
pids="$pids $!"
wait_for "$TMP/ready" || sed 's/^/# /' "$TMP/serve"
launch engineering
pass 2025-03-01 2025-03-15 2025-03-29 2025-04-12
at 2025-04-20
bring $third $((third * 2))
launch spring
pass 2025-04-20 2025-05-06 2025-05-20 2025-06-10
"$NURTURE" candidates log p1@year.example met --at "2025-06-01 10:00" --note "at a fair" >/dev/null
"$NURTURE" candidates log p2@year.example contacted --at "2025-06-02 10:00" >/dev/null
at 2025-08-01
bring $((third * 2)) "$people"
launch product
pass 2025-08-01 2025-08-15 2025-08-29 2025-09-12 2025-10-20
at 2025-11-15
launch winter
pass 2025-11-15 2025-12-01 2026-01-10 2026-02-28
"$NURTURE" -q run >/dev/null 2>&1 # the last answers
ok "what people did over HTTP and by mail is what is known of it" \
    python3 "$tests/lib/year_people.py" count "$DB" "$TMP/people.json"
# Hires that no ATS knows: of somebody met, and of a stranger.
hand=$(sqlite3 "$DB" "SELECT group_concat(candidate_id, ' ') FROM (SELECT
 candidate_id FROM candidate c WHERE NOT EXISTS (SELECT 1 FROM application a
 WHERE a.candidate_id = c.candidate_id) ORDER BY candidate_id LIMIT 2)")
pairs=
for who in $hand; do
    "$NURTURE" candidates log "$who" applied --at "2025-06-20 10:00" >/dev/null
    "$NURTURE" candidates log "$who" hired --at "2025-07-10 10:00" >/dev/null
    pairs="$pairs $who=$(sqlite3 "$DB" "SELECT source FROM candidate WHERE candidate_id = $who")"
done
year costs >costs.csv
ok "costs come in" "$NURTURE" costs import costs.csv
is "the same again changes nothing" "$("$NURTURE" costs import costs.csv | cut -d, -f1-3)" \
    "0 new, 0 changed, 60 unchanged"
sed 's/EUR/USD/' costs.csv >dollars.csv
status_is "another currency is refused" 1 "$NURTURE" costs import dollars.csv
is "where it is" "$(cut -c1-30 "$TMP/err")" "nurture: dollars.csv:2:4: cost"
# At least one figure must be able to be wrong.
ok "there is something to count" test "$(sqlite3 "$DB" "SELECT count(*) FROM event
 WHERE kind = 'sent'")" -gt "$people"
"$NURTURE" events export >all.jsonl
ok "what the ATS said is what is known of it" year truth "$DB" 2026-02-28 all.jsonl
is "an export names nobody" "$(grep -c '@\|at a fair' all.jsonl)" 0

[ -z "${YEAR_KEEP:-}" ] || { mkdir -p "$YEAR_KEEP"; cp "$DB" all.jsonl "$YEAR_KEEP"; }
now=$(python3 -c 'from datetime import datetime as d; print(int(d.fromisoformat("2026-02-28T09:00+00:00").timestamp()*1000) + 1)')
for r in pipeline sources segments cohorts; do
    "$NURTURE" --json report $r >$r.json
    # shellcheck disable=SC2086  # one word per pair
    ok "every figure of $r" year check $r all.jsonl 0 "$now" $pairs <$r.json
done
from=$(python3 -c 'from datetime import datetime as d; print(int(d.fromisoformat("2025-05-01T00:00+02:00").timestamp()*1000))')
to=$(python3 -c 'from datetime import datetime as d; print(int(d.fromisoformat("2025-12-01T00:00+01:00").timestamp()*1000))')
for r in pipeline sources segments cohorts; do
    "$NURTURE" --json report $r --from 2025-05-01 --to 2025-11-30 >$r.json
    # shellcheck disable=SC2086
    ok "every figure of $r from May to November" year check $r all.jsonl "$from" "$to" $pairs <$r.json
done
for r in pipeline sources segments cohorts; do
    "$NURTURE" -q report $r --html $r.html
    "$NURTURE" report $r >$r.txt
    "$NURTURE" report $r --csv >$r.csv
    cat $r.html $r.txt $r.csv >$r.1
    "$NURTURE" report $r --html - >$r.2
    "$NURTURE" report $r >>$r.2
    "$NURTURE" report $r --csv >>$r.2
    cmp -s $r.1 $r.2 || echo "$r" >>differ
done
ok "the same year gives the same bytes" test ! -e differ
ok "pages stand alone" sh -c '! grep -l "src=\|href=\|<script\|url(" ./*.html'
ok "a check that is given another year fails" sh -c "! python3 '$tests/lib/year.py' \
 check sources all.jsonl '$from' '$now' <sources.json"
is "one table of a CSV" "$("$NURTURE" report sources --csv --table months | head -1 | tr -d '\r')" \
    "month,crm,other,share"
if [ -n "${YEAR_KEEP:-}" ]; then
    mkdir -p "$YEAR_KEEP"
    cp ./*.html ./*.txt ./*.csv all.jsonl "$DB" "$YEAR_KEEP"
fi
done_testing
