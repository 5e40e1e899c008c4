#!/bin/sh
# score.sh - `score-rebuild N events/s`: a million events of 100,000 people, a
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
bytes() { sqlite3 "$db" "SELECT candidate_id, quote(scaled), events, updated_at FROM score ORDER BY 1" | cksum; }
for _ in 1 2 3; do
    sqlite3 "$db" "DELETE FROM score"
    /usr/bin/time -f '%e %U %S' -o "$TMP/time" "$NURTURE" -q -C "$TMP/ws" score rebuild
    cat "$TMP/time" >>"$TMP/rounds"
    bytes >>"$TMP/bytes"
done
sort -n "$TMP/rounds" | awk 'NR == 1 {
    printf "score-rebuild %.0f events/s\nscore-rebuild-cpu %.0f events/s of processor time\n", 1000000 / $1, 1000000 / ($2 + $3) }'
[ "$(sort -u "$TMP/bytes" | wc -l)" = 1 ] || { echo "score-rebuild: other bytes each time" >&2; exit 1; }
