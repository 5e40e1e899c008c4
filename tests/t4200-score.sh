#!/bin/sh
# t4200-score.sh - scores explained, listed and made again
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

plan 12
export NURTURE_NOW="2026-03-03 09:00"
SMTP_PORT=2525
workspace "$TMP/ws"
cd "$TMP/ws" || exit 1
cat >"$TMP/people.csv" <<'CSV'
email,first_name
anna@example.org,Anna
bo@example.org,Bo
CSV
"$NURTURE" -q candidates import "$TMP/people.csv" --consent fair --at 2026-02-01 >/dev/null
DB=$(find "$XDG_STATE_HOME" -name nurture.db | head -1)
db() { sqlite3 "$DB" "$1"; }
scores() { db "SELECT candidate_id, hex(CAST(printf('%!.20g', scaled) AS BLOB)), events, updated_at FROM score ORDER BY 1"; }
a=$(db "SELECT candidate_id FROM candidate WHERE email_key = 'anna@example.org'")
b=$(db "SELECT candidate_id FROM candidate WHERE email_key = 'bo@example.org'")
now=1772528400000
day=86400000
db "INSERT INTO event (candidate_id, kind, at, machine, positive, campaign, step) VALUES
  ($a, 'clicked', $now - 90 * $day, 0, 0, 'backend-nurture', 'team'),
  ($a, 'clicked', $now, 1, 0, 'backend-nurture', 'team'),
  ($a, 'replied', $now, 0, 1, 'backend-nurture', 'team'),
  ($b, 'interested', $now - 180 * $day, 0, 0, NULL, NULL),
  ($b, 'sent', $now, 0, 0, NULL, NULL)"

is "a dry run counts" "$("$NURTURE" score rebuild --dry-run)" \
    "5 events, 2 people with a score, 2 would change"
is "and writes nothing" "$(db 'SELECT count(*) FROM score')" 0
is "a rebuild writes" "$("$NURTURE" score rebuild)" \
    "5 events, 2 people with a score, 2 changed"
before=$(scores)
is "and a second one the same" "$("$NURTURE" score rebuild | tail -c 10; scores)" "0 changed
$before"
is "the highest come first" "$("$NURTURE" score list | tr -s ' ' | sed 's/^ //')" \
    "41.50 anna@example.org 2 events, last 2026-03-03
7.50 bo@example.org 1 events, last 2025-09-04"
is "and the highest alone" "$("$NURTURE" score list --top 1 | wc -l)" 1
is "each event is explained" \
    "$("$NURTURE" score explain anna@example.org | tr -s ' ')" \
    "when age weight now what
2025-12-03 10:00 90.0 d 3.00 1.50 clicked backend-nurture/team
2026-03-03 10:00 0.0 d 0.00 0.00 clicked backend-nurture/team (a machine)
2026-03-03 10:00 0.0 d 40.00 40.00 replied (positive) backend-nurture/team
score 41.50"
is "and adds up as JSON" \
    "$("$NURTURE" --json score explain anna@example.org | python3 -c '
import json, sys
e = json.load(sys.stdin)
print(e["same"], abs(sum(p["present"] for p in e["events"]) - e["score"]) < 1e-9)')" \
    "True True"
ok "status has nothing to say" sh -c '! "$NURTURE" status | grep -q "score rebuild"'
grep -q 'half_life' nurture.yaml || printf 'scores:\n  half_life: 60d\n' >>nurture.yaml
sed -i 's/half_life: .*/half_life: 60d/' nurture.yaml
is "other settings are seen" "$("$NURTURE" status | grep -c 'nurture score rebuild')" 1
"$NURTURE" -q score rebuild
is "until the scores are made with them" \
    "$("$NURTURE" status | grep -c 'nurture score rebuild' || true; "$NURTURE" score list | tr -s ' ' | cut -d' ' -f2)" \
    "0
41.06
3.75"
status_is "nobody has no score to explain" 1 "$NURTURE" score explain x@example.org
done_testing
