#!/bin/sh
# score.sh - `score-rebuild N events/s`: a million events of 62,500 people, a
# quarter of them by machines, into an empty table; the best of three
set -eu
cd "$(dirname "$0")/../.."
NURTURE=${NURTURE:-$PWD/build/nurture}
TMP=$(mktemp -d)
export XDG_STATE_HOME="$TMP/state" HOME="$TMP"
trap 'rm -rf "$TMP"' EXIT

"$NURTURE" --no-input -q init "$TMP/ws"
printf 'email,first_name\nanna@example.org,Anna\n' >"$TMP/people.csv"
"$NURTURE" -q -C "$TMP/ws" candidates import "$TMP/people.csv" >/dev/null
db=$(find "$TMP/state" -name nurture.db)
sqlite3 "$db" "
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO candidate (candidate_id, email, email_key, address_hmac, added, updated_at)
SELECT 100000 + i, 's' || i, 's' || i, 's' || i, 0, 0 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
INSERT INTO event (candidate_id, kind, at, machine, detail)
SELECT 100001 + (i * 7919) % 100000,
  CASE i % 8 WHEN 0 THEN 'replied' WHEN 1 THEN 'opened' ELSE 'clicked' END,
  1740000000000 + i * 30000, i % 4 = 3,
  '{\"link\":1,\"class\":\"person\",\"rule\":\"-\"}' FROM n;"
for round in 1 2 3; do
    sqlite3 "$db" "DELETE FROM score"
    a=$(date +%s.%N)
    "$NURTURE" -q -C "$TMP/ws" score rebuild
    b=$(date +%s.%N)
    awk -v a="$a" -v b="$b" 'BEGIN { printf "%.0f\n", 1000000 / (b - a) }'
done | sort -n | tail -1 | sed 's/.*/score-rebuild & events\/s/'
