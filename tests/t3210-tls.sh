#!/bin/sh
# t3210-tls.sh - 'tls: required' against servers that do TLS badly, and logins
# against those that do it well: nothing is ever said in the clear, no row is
# lost, and no person is called undeliverable for a fault of the server
. "$(dirname "$0")/lib/lib.sh"

command -v openssl >/dev/null || skip_all "needs openssl"
mkdir "$TMP/tls"
certificate() { # NAME CA SUBJECT-ALT-NAME [OPENSSL-X509-OPTION..]
    name=$1 ca=$2 alt=$3
    shift 3
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout "$TMP/tls/$name.key" -out "$TMP/tls/csr"
    echo "subjectAltName=$alt" >"$TMP/tls/ext"
    openssl x509 -req -in "$TMP/tls/csr" -CA "$TMP/tls/$ca.pem" -CAkey "$TMP/tls/$ca.key" \
        -CAcreateserial -extfile "$TMP/tls/ext" -out "$TMP/tls/$name.pem" "$@"
}
{
    for ca in ca stranger; do
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$ca" -keyout "$TMP/tls/$ca.key" -out "$TMP/tls/$ca.pem"
    done
    certificate good ca DNS:localhost -days 2
    certificate other ca DNS:mail.other.example -days 2
    certificate unknown stranger DNS:localhost -days 2
    certificate expired ca DNS:localhost -days -1
    certificate client ca DNS:nurture -days 2
} >"$TMP/openssl" 2>&1
export SSL_CERT_FILE="$TMP/tls/ca.pem"
# serve NAME CERTIFICATE [OPTION..]: sets $SMTP_PORT and $SMTP_PID; $TMP/NAME.log
serve() {
    name=$1 certificate=$2
    shift 2
    : >"$TMP/$name.log"
    background python3 "$tests/lib/tls-smtp.py" "$TMP/$name.port" "$TMP/$name.log" \
        "$TMP/tls/$certificate.pem" "$TMP/tls/$certificate.key" "$@"
    wait_for "$TMP/$name.port"
    SMTP_PORT=$(cat "$TMP/$name.port")
}
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
sql() { sqlite3 -separator ' ' "$DB" "$1"; }
SMTP_PORT=1
workspace "$TMP/ws"
sed -i -e 's/host: 127.0.0.1/host: localhost/' -e 's/tls: off/tls: required/' "$TMP/ws/nurture.yaml"
cp "$TMP/ws/nurture.yaml" "$TMP/plain.yaml"
people 6 >"$TMP/people.csv"
n -q candidates import "$TMP/people.csv" >/dev/null
n -q launch engineering-update --yes=6
# with LINES of smtp: to the server on $SMTP_PORT
configure() {
    sed "s/port: .*/port: $SMTP_PORT/" "$TMP/plain.yaml" >"$TMP/ws/nurture.yaml"
    [ $# = 0 ] || sed -i "s/^smtp:/smtp:\\n$1/" "$TMP/ws/nurture.yaml"
}
LOGIN='  user: nurture\n  password_from: env SECRET'
export SECRET=correct-horse
clear_words() { grep '^clear' "$TMP/$1.log" | grep -vE '^clear (EHLO [a-z.]*|STARTTLS|QUIT)$' || true; }
plan 84

# 1. Six ways to have no TLS. Each is tried with a login, and each time the six
# rows wait.
bad() { # NAME CERTIFICATE DOCTOR-SAYS OPTION..
    case=$1 certificate=$2 says=$3
    shift 3
    serve "$case" "$certificate" --auth PLAIN "$@"
    configure "$LOGIN"
    status_is "$case: the run fails for now" 4 n -q run
    ok "$case: and says: $says" grep -qE "^nurture: .*$says" "$TMP/err"
    is "$case: nothing but EHLO and STARTTLS in the clear" "$(clear_words "$case")" ""
    is "$case: no login, no mail" "$(grep -cE 'AUTH|MAIL|message' "$TMP/$case.log")" 0
    is "$case: all rows wait, nobody bounced" \
        "$(sql "SELECT state, count(*) FROM message GROUP BY 1") $(sql "SELECT count(*) FROM suppression")" "scheduled 6 0"
    status_is "$case: the doctor finds it" 1 n doctor relay
    ok "$case: and says: $says" grep -qE "\[E803\].*$says" "$TMP/err"
    is "$case: nor does the doctor say more" "$(clear_words "$case")" ""
}
bad untrusted unknown "certificate is not accepted"
bad expired expired "certificate has expired"
bad wronghost other "hostname mismatch"
bad reset good "handshake failed" --mode reset
bad stripped good "does not offer STARTTLS" --mode strip
bad injected good "puts words behind" --mode inject
bad refused good "(answers STARTTLS with|takes no mail, last answer): 454" --mode refuse

# 2. Logins. A refused one stops the run at once.
serve plain good --auth "NTLM CRAM-MD5 LOGIN PLAIN"
configure "$LOGIN"
SECRET=wrong-horse status_is "a wrong password stops the run" 4 n -q run
is "after one try, before any mail" "$(grep -cE '^tls (AUTH|MAIL)' "$TMP/plain.log")" 2
ok "with the server's words" grep -q "535 5.7.8" "$TMP/err"
SECRET=wrong-horse status_is "the doctor finds it" 1 n doctor relay
ok "as E802" grep -q "\[E802\]" "$TMP/err"
for i in 1 2 3 4 5; do SECRET=wrong-horse n -q run >/dev/null 2>&1 || true; done
: >"$TMP/plain.log"
SECRET=wrong-horse status_is "after five refusals it is left alone" 4 n -q run
is "the server is not asked" "$(cat "$TMP/plain.log")" ""
ok "a mended password is tried at once" n -q run --limit 1
is "and mail leaves" "$(grep -c '^tls message' "$TMP/plain.log")" 1
: >"$TMP/plain.log"
ok "PLAIN, whatever stands before it" n -q run --limit 1
is "is what the server saw" "$(grep AUTH "$TMP/plain.log" | sort -u)" "tls AUTH PLAIN"
is "a mail, encrypted" "$(grep -c '^tls message' "$TMP/plain.log")" 1
serve login good --auth LOGIN
configure "$LOGIN"
ok "LOGIN" n -q run --limit 1
is "is what the server saw" "$(grep AUTH "$TMP/login.log" | sort -u)" "tls AUTH LOGIN"
# Microsoft's tokens are longer than libESMTP's buffer.
SECRET=$(head -c 2700 /dev/urandom | base64 -w 0)
serve token good --auth "LOGIN XOAUTH2" --password "$SECRET"
configure "$LOGIN\\n  auth: xoauth2"
ok "XOAUTH2 with a token of 3600 octets" n -q run --limit 1
is "is what the server saw" "$(grep AUTH "$TMP/token.log" | sort -u)" "tls AUTH XOAUTH2"
SECRET=stale status_is "an old token stops the run" 4 n -q run
serve sasl good --auth "GSSAPI NTLM"
configure "$LOGIN"
SECRET=correct-horse
status_is "a server with other mechanisms only" 4 n -q run
ok "is told apart from a wrong password" grep -q "no way to log in.*GSSAPI NTLM" "$TMP/err"

# 3. A certificate of ours.
serve client good --ca "$TMP/tls/ca.pem"
configure "  certificate: ..\/tls\/client.pem\\n  key: ..\/tls\/client.key"
ok "a client certificate" n -q run --limit 1
is "is what the server saw" "$(grep -m1 client "$TMP/client.log")" "tls client client"
configure "  certificate: ..\/tls\/client.pem\\n  key: ..\/tls\/good.key"
status_is "the key of another one" 4 n -q run
is "and nothing was said to the server" "$(clear_words client)" ""
configure
status_is "no certificate where one is wanted" 4 n -q run

# 4. What cannot work is said before anybody connects.
SMTP_PORT=465
configure
status_is "port 465" 1 n check
ok "with what to use" grep -q "E815.*465" "$TMP/err"
SMTP_PORT=587
configure "$LOGIN"
sed -i -e 's/tls: required/tls: opportunistic/' -e 's/host: localhost/host: mail.example.org/' "$TMP/ws/nurture.yaml"
status_is "a login where TLS may be stripped" 1 n check
is "everybody got one mail or waits" "$(sql "SELECT state, count(*) FROM message GROUP BY 1")" "scheduled 1
sent 5"
done_testing
