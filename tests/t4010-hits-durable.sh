#!/bin/sh
# t4010-hits-durable.sh - an answered hit survives kill -9 of nurture serve
#
# The tokens are made here by another implementation (Python), from the key
# file and what include/nurture/token.h says.
set -eu
# shellcheck source=tests/lib/serve.sh
. "$(dirname "$0")/lib/serve.sh"

serve_workspace
echo 1..5

# The server makes the schema of an empty database; then the fixture goes in.
serve_start
serve_stop && ok=ok || ok="not ok"
echo "$ok 1 - starts on an empty database and stops on SIGTERM"
serve_fixture

click=$(serve_token 1 1)
answered=0
for round in 1 2 3; do
    echo "# round $round"
    serve_start
    : >"$work/codes"
    curl -s -o /dev/null -w '%{http_code}\n' --parallel --parallel-max 16 \
        -A 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0' \
        -H 'Accept-Language: en' \
        "$base/c/$click?n=[1-6000]" >"$work/codes" 2>/dev/null &
    client=$!
    serve_wait_lines "$work/codes" 150
    kill -9 "$server"
    wait "$server" 2>/dev/null || true
    # The rest is refused at once; then curl has told of every answer.
    wait "$client" 2>/dev/null || true
    answered=$((answered + $(grep -c '^302$' "$work/codes" || true)))
done
rows=$(sqlite3 "$work/nurture.db" "SELECT count(*) FROM event WHERE kind = 'clicked'")
[ "$answered" -ge 450 ] && ok=ok || ok="not ok"
echo "$ok 2 - three servers were killed under load ($answered answers)"
[ "$rows" -ge "$answered" ] && ok=ok || ok="not ok"
echo "$ok 3 - every answered hit is in the ledger ($rows rows)"
check=$(sqlite3 "$work/nurture.db" 'PRAGMA integrity_check')
[ "$check" = ok ] && ok=ok || ok="not ok"
echo "$ok 4 - the database is sound"

serve_start
out=$(curl -s -o /dev/null -w '%{http_code}' -d 'List-Unsubscribe=One-Click' \
    "$base/u/$(serve_token 3 0)")
state=$(sqlite3 "$work/nurture.db" "SELECT reason FROM suppression WHERE address_hmac = 'hmac1'")
[ "$out $state" = "200 opted_out" ] && ok=ok || ok="not ok"
echo "$ok 5 - one-click works after the crashes ($out $state)"
serve_stop
