#!/bin/sh
# m20-opensmtpd.sh - through a real OpenSMTPD and back; it refuses the unknown
# user at RCPT already
TESTS=$(cd "$(dirname "$0")/.." && pwd)
. "$TESTS/lib/lib.sh"
. "$TESTS/lib/mta.sh"

install_packages opensmtpd openssl
make_certificates
SMTP_PORT=$(free_port)
submission=$(free_port)
mkdir -p "$TMP/mail"
chmod 755 "$TMP" "$TMP/tls"
chown nobody:nogroup "$TMP/mail"
at "2026-03-03 09:00"
shared_workspace
people=100
mta_people $people >"$TMP/people.csv"
awk -F, 'NR > 1 && $1 !~ /^gone@/ { sub("@.*", "", $1); print $1 "@example.org" }' "$TMP/people.csv" >"$TMP/known"
chmod 644 "$TMP/people.csv" "$TMP/known"
cat >"$TMP/smtpd.conf" <<CF
pki localhost cert "$TMP/tls/cert.pem"
pki localhost key "$TMP/tls/key.pem"
table everybody { "@" = "nobody" }
table known file:$TMP/known
table logins { nurture = "$(openssl passwd -6 correct-horse)" }
listen on 127.0.0.1 port $SMTP_PORT hostname mx.kestrel.example
listen on 127.0.0.1 port $submission tls-require pki localhost auth <logins> hostname mx.kestrel.example
action box maildir "$TMP/mail/%{rcpt.user}" virtual <everybody>
action recruiters maildir "$TMP/mail/recruiters" virtual <everybody>
action volume maildir "$TMP/mail/volume" virtual <everybody>
action nurture mda "$TMP/bin/n receive %{rcpt}" virtual <everybody>
match from any for domain mail.kestrel.example rcpt-to regex "^(talent|anna\.schmidt)@" action recruiters
match from any for domain mail.kestrel.example action nurture
match from any for domain example.org rcpt-to <known> action box
match from any for domain volume.example action volume
CF
background smtpd -d -f "$TMP/smtpd.conf" >"$TMP/maillog" 2>&1
idle() { [ -z "$(smtpctl show queue)" ]; }
plan 28
ok "OpenSMTPD starts" wait_for_port "$SMTP_PORT"
# Debian 12's build answers every handshake with "internal error" (OpenSSL 3
# and its private-key process; openssl s_client sees the same).
openssl s_client -starttls smtp -connect "localhost:$submission" </dev/null >/dev/null 2>&1 || true
if grep -q 'SSL routines' "$TMP/maillog"; then
    echo "# this OpenSMTPD cannot do TLS: plain only"
    submission=
fi
mta_flow
mta_volume plain # there is no TLS, see above
[ $failed = 0 ] || tail -30 "$TMP/maillog" | sed 's/^/# /'
done_testing
