#!/bin/sh
# m60-nginx.sh - docs/deploy/nginx.conf as it is printed, in a real nginx in
# front of nurture serve: only names, ports and paths are changed
TESTS=$(cd "$(dirname "$0")/.." && pwd)
. "$TESTS/lib/lib.sh"
. "$TESTS/lib/mta.sh"
sample=$TESTS/../docs/deploy/nginx.conf

install_packages nginx-light
start_sink "$TMP/mail"
workspace "$TMP/ws"
sed -i 's|^  base_url:.*|  base_url: https://localhost|' "$TMP/ws/nurture.yaml"
people 1 >"$TMP/people.csv"
"$NURTURE" -C "$TMP/ws" -q candidates import "$TMP/people.csv" >/dev/null 2>&1
"$NURTURE" -C "$TMP/ws" -q launch engineering-update --yes=1
"$NURTURE" -C "$TMP/ws" -q run
: >"$TMP/ready"
background "$NURTURE" -C "$TMP/ws" serve --limit 1 --listen 127.0.0.1:0 --recruiters off --once-ready-file "$TMP/ready" >"$TMP/serve" 2>&1
wait_for "$TMP/ready"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$TMP/key.pem" -out "$TMP/cert.pem" 2>/dev/null
tls=$(free_port)
plain=$(free_port)
{
    echo "daemon off; pid $TMP/nginx.pid; error_log $TMP/nginx.err; events {} http {"
    sed -e "s|127.0.0.1:8080|$(sed 's|http://||' "$TMP/ready")|" -e '/listen \[::\]/d' \
        -e "s|listen 443|listen 127.0.0.1:$tls|; s|listen 80|listen 127.0.0.1:$plain|; s|t\.kestrel\.example;|localhost;|" \
        -e "s|/etc/letsencrypt/live/t.kestrel.example/fullchain.pem|$TMP/cert.pem|" \
        -e "s|/etc/letsencrypt/live/t.kestrel.example/privkey.pem|$TMP/key.pem|" \
        -e "s|/var/log/nginx/nurture.log|$TMP/access.log|" "$sample"
    echo "}"
} >"$TMP/nginx.conf"
get() { # PATH [OPTION..]
    path=$1
    shift
    curl -s --cacert "$TMP/cert.pem" -o "$TMP/page" -w '%{http_code} %{http_version}' "$@" "https://localhost:$tls$path"
}
codes() { # HOW OFTEN, OPTION..: the answers of one address
    times=$1
    shift
    for _ in $(seq "$times"); do get /p/x "$@" | cut -d' ' -f1; done | sort | uniq -c | tr -s ' '
}

plan 9
ok "nginx takes the sample" nginx -t -q -e "$TMP/nginx.err" -c "$TMP/nginx.conf"
background nginx -e "$TMP/nginx.err" -c "$TMP/nginx.conf"
wait_for "$TMP/nginx.pid"
out=$(python3 - "$TMP/mail" <<'PY'
import email, email.policy, glob, os, re, sys
for path in glob.glob(sys.argv[1] + "/**/*", recursive=True):
    if os.path.isfile(path):
        mail = email.message_from_binary_file(open(path, "rb"), policy=email.policy.default)
        print(re.search(r"/u/[\w-]{39}", mail["List-Unsubscribe"]).group(0))
PY
)
is "the page comes over TLS and HTTP/2" "$(get "$out")" "200 2"
ok "with its policy" grep -q "Unsubscribe me" "$TMP/page"
is "one-click in a form of parts passes" "$(get "$out" -F List-Unsubscribe=One-Click)" "200 2"
is "and acts" "$(sqlite3 "$DB" "SELECT reason FROM suppression")" opted_out
is "a body that is too large is refused" \
    "$(head -c 70000 /dev/zero | get "$out" --data-binary @- | cut -d' ' -f1)" 413
ok "who claims to be somebody else is still counted" sh -c 'case "$1" in *" 429"*) exit 0 ;; *) exit 1 ;; esac' - \
    "$(codes 25 -H "X-Forwarded-For: 203.0.113.$$")"
is "plain HTTP leads to TLS" "$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' -H 'Host: localhost' "http://127.0.0.1:$plain$out")" \
    "308 https://localhost$out"
is "no token is in nginx's log" "$(grep -c "${out#/u/}" "$TMP/access.log")" 0
done_testing
