#!/bin/sh
# t4300-desk.sh - the recruiters' pages in a real browser: in, review, pause
set -eu
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"
mkdir -p "$TMP/w/senders" "$TMP/mail"
: >"$TMP/sink"
"$NURTURE" sink --listen 127.0.0.1:0 --store "$TMP/mail" >"$TMP/sink" &
sink=$!
pids="$pids $sink"
until grep -q port "$TMP/sink"; do
    kill -0 "$sink"
    sleep 0.05
done
cat >"$TMP/w/nurture.yaml" <<END
company: Kestrel Labs
time_zone: Europe/Berlin
database: $TMP/w/nurture.db
sending:
  domain: mail.kestrel.example
  fallback_sender: anna
  bounces: bounces@mail.kestrel.example
  replies: replies@mail.kestrel.example
smtp:
  host: 127.0.0.1
  port: $(sed -n 's/.*port //p' "$TMP/sink")
  tls: off
legal:
  postal_address: Torstrasse 1, 10119 Berlin
tracking:
  base_url: https://t.kestrel.example
END
for who in "anna:Anna Schmidt:lead" "jonas:Jonas Weber:recruiter"; do
    id=${who%%:*}
    rest=${who#*:}
    printf -- '---\nname: %s\nemail: %s@mail.kestrel.example\nrole: %s\n---\n\n%s\n' \
        "${rest%%:*}" "$id" "${rest#*:}" "$id" >"$TMP/w/senders/$id.md"
done
umask 077
: >"$TMP/w/nurture.db"
echo "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" >"$TMP/w/keys"
cd "$TMP/w"
: >"$TMP/serve"
"$NURTURE" serve --listen 127.0.0.1:0 --recruiters 127.0.0.1:0 >"$TMP/serve" 2>&1 &
server=$!
pids="$pids $server"
until grep -q '^For recruiters' "$TMP/serve"; do
    kill -0 "$server"
    sleep 0.05
done
PYTHONPATH="$tests/lib" PYTHONDONTWRITEBYTECODE=1 python3 "$tests/lib/desk.py" \
    "$(sed -n 's/^For recruiters \([^ ]*\).*/\1/p' "$TMP/serve")"
