#!/bin/sh
# t4230-view.sh - a mail that was sent, again in a browser
. "$(dirname "$0")/lib/lib.sh"
plan 6
start_sink "$TMP/mail"
workspace "$TMP/ws"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
people 1 >"$TMP/people.csv"
n -q candidates import "$TMP/people.csv" 2>/dev/null
# shellcheck disable=SC2016  # nurture's own braces
printf '\n[In the browser]({{ links.view }})\n' >>"$TMP/ws/campaigns/engineering-update.md"
sed -i 's|^  base_url:.*|  base_url: https://t.kestrel.example|' "$TMP/ws/nurture.yaml"
status_is "an author may link to it" 0 n launch engineering-update --yes=1 -q
n -q run
cat >"$TMP/link.py" <<'END'
import email, email.policy, glob, os, re, sys
for path in glob.glob(sys.argv[1] + "/**/*", recursive=True):
    if os.path.isfile(path):
        mail = email.message_from_binary_file(open(path, "rb"), policy=email.policy.default)
        found = re.search(r"/v/[\w-]{39}", mail.get_body(("html",)).get_content())
        print(found.group(0) if found else "none")
END
link=$(python3 "$TMP/link.py" "$TMP/mail")
# shellcheck disable=SC2254  # the third word is a pattern
like() { case $2 in $3) report 0 "$1" ;; *) is "$1" "$2" "$3" ;; esac; }
like "the mail that was sent has the link" "$link" "/v/*"
: >"$TMP/ready"
background "$NURTURE" -C "$TMP/ws" serve --listen 127.0.0.1:0 --recruiters off --once-ready-file "$TMP/ready" >"$TMP/serve" 2>&1
wait_for "$TMP/ready"
curl -s -D "$TMP/head" "$(cat "$TMP/ready")$link" >"$TMP/page"
ok "the page is that mail" grep -q "In the browser" "$TMP/page"
ok "filled for the person" grep -q "Anna" "$TMP/page"
ok "with a policy that runs nothing and fetches no pixel" \
    grep -qi "^Content-Security-Policy: default-src 'none'; .*img-src data: ;" "$TMP/head"
is "and nothing is recorded of it" "$(sqlite3 "$DB" "SELECT count(*) FROM event WHERE kind IN ('opened', 'clicked')")" 0
done_testing
