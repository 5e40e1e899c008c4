#!/bin/sh
# run.sh - `make bench`: `name value unit` a line; see docs/PERFORMANCE.md
#
# Import and plan here, medians of three; delivery beside its peers in
# deliver.py, scores in score.sh, signatures in test_dkim.
#
#   BENCH_MESSAGES  people, and messages per round (10000)
set -eu
cd "$(dirname "$0")/../.."
NURTURE=${NURTURE:-$PWD/build/nurture}
export NURTURE
N=${BENCH_MESSAGES:-10000}
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
now() { date +%s.%N; }
rate() { awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%.0f\n", n / (b - a) }'; }
median() { sort -n "$1" | sed -n 2p; }

awk -v n="$N" 'BEGIN {
    print "email,first_name,last_name,country,seniority,interest,open_to_work,consent_at,consent_source"
    for (i = 1; i <= n; i++)
        printf "p%d@example.org,Anna,Berg,DE,senior,backend;sre,no,2026-01-05,you joined\n", i }' >"$TMP/people.csv"
for round in 1 2 3; do
    ws=$TMP/ws$round
    XDG_STATE_HOME=$TMP/state$round HOME=$TMP
    export XDG_STATE_HOME HOME
    "$NURTURE" --no-input -q init "$ws"
    sed -i "s/status: draft/status: ready/" "$ws/campaigns/engineering-update.md"
    a=$(now)
    "$NURTURE" -q -C "$ws" candidates import "$TMP/people.csv" >/dev/null 2>&1
    b=$(now)
    rate "$N" "$a" "$b" >>"$TMP/import"
    a=$(now)
    "$NURTURE" -q -C "$ws" plan engineering-update >/dev/null 2>&1
    b=$(now)
    rate "$N" "$a" "$b" >>"$TMP/plan"
done
echo "import $(median "$TMP/import") rows/s"
echo "plan $(median "$TMP/plan") candidates/s"

python3 tests/bench/deliver.py
sh tests/bench/score.sh
"${NURTURE%/*}/tests/test_dkim" -m perf -p /dkim/speed | grep "^dkim-"
