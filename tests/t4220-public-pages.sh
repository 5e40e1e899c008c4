#!/bin/sh
# t4220-public-pages.sh - what candidates touch, in a real browser: opt-out,
# preferences, interest, a copy of their data, and joining with double opt-in
set -eu
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"
mkdir -p "$TMP/w/senders" "$TMP/mail"
: >"$TMP/sink"
"$NURTURE" sink --listen 127.0.0.1:0 --store "$TMP/mail" >"$TMP/sink" &
pids="$pids $!"
until grep -q port "$TMP/sink"; do sleep 0.05; done
cat >"$TMP/w/nurture.yaml" <<END
company: Kestrel Labs
time_zone: Europe/Berlin
languages: [en, de]
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
  privacy_url: https://kestrel.example/privacy
tracking:
  base_url: https://t.kestrel.example
join:
  form: yes
  fields: [first_name, last_name, city]
  version: 2026-11
END
printf -- '---\nname: Anna Schmidt\nemail: anna@mail.kestrel.example\n---\n\nAnna\n' >"$TMP/w/senders/anna.md"
umask 077
: >"$TMP/w/nurture.db"
echo "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" >"$TMP/w/keys"
cd "$TMP/w"
"$NURTURE" serve --listen 127.0.0.1:0 --recruiters off --once-ready-file "$TMP/ready" >"$TMP/serve" 2>&1 &
server=$!
pids="$pids $server"
until [ -s "$TMP/ready" ]; do
    kill -0 "$server"
    sleep 0.05
done
PYTHONPATH="$tests/lib" PYTHONDONTWRITEBYTECODE=1 python3 "$tests/lib/public.py" "$(cat "$TMP/ready")" "$TMP/mail"
