#!/bin/sh
# t4330-login-mail.sh - a link to log in leaves at once, however seldom the
# program runs by itself
. "$(dirname "$0")/lib/lib.sh"
plan 4
start_sink "$TMP/mail"
workspace "$TMP/ws"
people 1 >"$TMP/people.csv"
"$NURTURE" -C "$TMP/ws" -q candidates import "$TMP/people.csv" >/dev/null 2>&1
sender=$(cat "$TMP"/ws/senders/*.md | sed -n "s/^email: *//p" | head -1)
: >"$TMP/ready"
background "$NURTURE" -C "$TMP/ws" serve --listen 127.0.0.1:0 --recruiters 127.0.0.1:0 --once-ready-file "$TMP/ready" >"$TMP/serve" 2>&1
wait_for "$TMP/ready"
link=$("$NURTURE" -C "$TMP/ws" login-link "$(basename "$(find "$TMP/ws/senders" -name '*.md' | sort | head -1)" .md)" | grep -o 'http[^ ]*')
desk=${link%/login/*}
background "$NURTURE" -C "$TMP/ws" run --watch --every 86400 >"$TMP/run" 2>&1
ok "the program runs once a day" wait_for "$TMP/run"
arrived() {
    i=0
    until grep -rqs "Subject: Your link to log in" "$TMP/mail" || [ $i -ge 600 ]; do
        sleep 0.05
        i=$((i + 1))
    done
    grep -rqs "Subject: Your link to log in" "$TMP/mail"
}
is "somebody asks for a link" "$(curl -s -o "$TMP/page" -w '%{http_code}' --data-urlencode "address=$sender" "$desk/login")" 200
ok "the page says when it comes" grep -q "within a minute" "$TMP/page"
ok "and it is there" arrived
done_testing
