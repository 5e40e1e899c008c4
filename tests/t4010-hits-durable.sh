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

rounds=20
sqlite3 "$work/nurture.db" "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n
  WHERE i < $rounds * 1000 + 999) INSERT INTO link SELECT 'set', i, 'https://jobs.example/' || i FROM n"
: >"$work/answered"
killed=0
for round in $(seq $rounds); do
    serve_start
    # Each link is followed once, so that its hit can be told from all others.
    PYTHONPATH="${0%/*}/lib" PYTHONDONTWRITEBYTECODE=1 python3 - "$work/keys" "$base" "$round" >"$work/urls" <<'END'
import sys
from webtoken import CLICK, web_token
keys, base, number = sys.argv[1:]
for i in range(1000):
    link = int(number) * 1000 + i
    print('url = "%s/c/%s?n=%d"\noutput = /dev/null' % (
        base, web_token(keys, "aebagbafaydqqcik", CLICK, link), link))
END
    : >"$work/codes"
    curl -s -w '%{http_code} %{url}\n' --parallel --parallel-max 16 \
        -A 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0' \
        -H 'Accept-Language: en' -K "$work/urls" >"$work/codes" 2>/dev/null &
    client=$!
    serve_wait_lines "$work/codes" $((20 + round * 7))
    kill -9 "$server" && killed=$((killed + 1))
    wait "$server" 2>/dev/null || true
    # The rest is refused at once; then curl has told of every answer.
    wait "$client" 2>/dev/null || true
    sed -n 's/^302 .*n=//p' "$work/codes" >>"$work/answered"
done
# What the last one has left in its log, the next one takes into the store.
serve_start
serve_stop
answered=$(wc -l <"$work/answered")
sqlite3 "$work/nurture.db" "SELECT json_extract(detail, '\$.link') FROM event
  WHERE kind = 'clicked'" | sort >"$work/stored"
sort "$work/answered" >"$work/answered.sorted"
[ "$killed" = 20 ] && [ "$answered" -ge 1000 ] && ok=ok || ok="not ok"
echo "$ok 2 - twenty servers were killed under load ($answered answers)"
lost=$(comm -23 "$work/answered.sorted" "$work/stored" | wc -l)
twice=$(uniq -d "$work/stored" | wc -l)
[ "$lost $twice" = "0 0" ] && ok=ok || ok="not ok"
echo "$ok 3 - every answered hit is in the ledger exactly once ($(wc -l <"$work/stored") rows, $lost lost, $twice twice)"
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
