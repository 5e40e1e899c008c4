#!/bin/sh
# m50-deploy.sh - the samples of docs/deploy as they are printed, each in front
# of the server it is for: Postfix by pipe and LMTP, Dovecot's Maildir, isync
# and getmail against Dovecot's IMAP
#
# Only paths, users, ports and passwords are replaced, so that a sample that
# no longer works fails here.
TESTS=$(cd "$(dirname "$0")/.." && pwd)
. "$TESTS/lib/lib.sh"
. "$TESTS/lib/mta.sh"
samples=$TESTS/../docs/deploy

postfix_install dovecot-core dovecot-lmtpd dovecot-imapd isync getmail6 openssl
make_certificates
start_sink "$TMP/sent"
at "2026-03-03 09:00"
shared_workspace
{
    head -1 "$tests/data/people.csv"
    for who in pipe lmtp dovecot isync getmail; do
        echo "$who@example.org,Kim,Berg,DE,en,senior,backend,,,no,2026-01-05,you joined our talent community"
    done
} >"$TMP/people.csv"
chmod 644 "$TMP/people.csv"
inbound=$(free_port)
lmtp=$(free_port)
imap=$(free_port)
srv=$TMP/srv
mkdir -p "$TMP/run" "$srv" "$TMP/far"
chown nobody:nogroup "$TMP/run" "$srv" "$TMP/far"
chmod 755 "$TMP/run" "$TMP/tls"

# The lines of a sample that belong into FILE are those behind "# ... FILE:".
postfix_configure "$inbound"
echo "virtual_mailbox_domains = mail.kestrel.example" >>"$etc/main.cf"
printf 'bounces@mail.kestrel.example x\nreplies@mail.kestrel.example x\n' >"$etc/mailboxes"
sed -n '/^nurture unix/,/^$/p' "$samples/postfix-pipe.cf" |
    sed "s|user=nurture|user=nobody:nogroup|; s|/usr/local/bin/nurture -C /srv/acme-talent|$TMP/bin/n|" >>"$etc/master.cf"
sed -n 's/^#  *\(recipient_delimiter.*\|nurture_destination.*\)/\1/p' "$samples/postfix-pipe.cf" >>"$etc/main.cf"
echo "transport_maps = texthash:$etc/transport" >>"$etc/main.cf"
transport() { # SAMPLE: its lines of /etc/postfix/transport
    sed -n 's/^#  *\([a-z]*@mail.kestrel.example  *\(nurture:\|lmtp:.*\)\)$/\1/p' "$samples/$1" |
        sed "s|/run/nurture/lmtp|$TMP/run/lmtp|" >"$etc/transport"
}
secret=correct-horse
cat >"$TMP/dovecot.conf" <<CF
base_dir = $TMP/dovecot
log_path = $TMP/dovecot.log
protocols = imap lmtp
first_valid_uid = 1
ssl = required
ssl_cert = <$TMP/tls/cert.pem
ssl_key = <$TMP/tls/key.pem
auth_username_format = %Ln
passdb {
  driver = static
  args = password=$secret
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=$srv/%n allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = $imap
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $lmtp
  }
}
CF
sed "s|/srv/mail|$srv|" "$samples/dovecot.conf" >>"$TMP/dovecot.conf"
chmod 644 "$TMP/dovecot.conf"
stop_server() { stop_postfix_and_dovecot; }
bounced() { sql "SELECT group_concat(email, ' ') FROM (SELECT DISTINCT c.email FROM event x JOIN candidate c USING (candidate_id) WHERE x.kind = 'bounced' ORDER BY 1)"; }
has_bounced() { case " $(bounced) " in *" $1@example.org "*) ;; *) return 1 ;; esac; }
# mail PORT WHO [lmtp]: the bounce of WHO's mail, to the address it was sent from
mail() {
    to=$(sed -n "s/.*from=<\(bounces+[^>]*\)> to=<$2@.*/\1/p" "$TMP/sent.log" | head -1)
    python3 - "$1" "$to" "$2" "${3:-smtp}" <<'PY'
import smtplib, sys
port, to, who, kind = sys.argv[1:5]
mail = f"From: MAILER-DAEMON@mx.example.org\r\nTo: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\nMessage-ID: <{who}@mx.example.org>\r\n\r\n<{who}@example.org>: 550 5.1.1 no such user\r\n"
with (smtplib.LMTP if kind == 'lmtp' else smtplib.SMTP)('127.0.0.1', int(port)) as s:
    s.sendmail('', [to], mail)
PY
}
as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$TMP/far" SSL_CERT_FILE="$TMP/tls/ca.pem" "$@"; }

plan 14
n -q candidates import "$TMP/people.csv" >/dev/null 2>&1
n -q launch engineering-update --yes=5
ok "five mails are out" n -q run
ok "Postfix starts" postfix -c "$etc" start
ok "and answers" wait_for_port "$inbound"

transport postfix-pipe.cf
mail "$inbound" pipe
ok "postfix-pipe.cf" until_true has_bounced pipe

transport postfix-lmtp.cf
sed -n '/^lmtp_/p' "$samples/postfix-lmtp.cf" >>"$etc/main.cf"
# nurture-lmtp.service has Group=postfix, so that Postfix may open the socket.
grep -q '^Group=postfix\|^SupplementaryGroups=.*postfix' "$samples/nurture-lmtp.service"
background setpriv --reuid=nobody --regid=postfix --clear-groups "$TMP/bin/n" receive --lmtp "$TMP/run/lmtp"
until_true test -S "$TMP/run/lmtp"
postfix -c "$etc" reload 2>/dev/null
mail "$inbound" lmtp
ok "postfix-lmtp.cf" until_true has_bounced lmtp

ok "Dovecot starts with dovecot.conf" dovecot -c "$TMP/dovecot.conf"
until_true sh -c "python3 -c 'import smtplib; smtplib.LMTP(\"127.0.0.1\", $lmtp).quit()' 2>/dev/null"
mail "$lmtp" dovecot lmtp
ok "its Maildir is read" n -q receive --maildir "$srv/bounces/Maildir" --once
ok "dovecot.conf" has_bounced dovecot

# What a provider's mailbox holds, fetched with isync.
mail "$lmtp" isync lmtp
sed -e "s|^Host outlook.*|Host localhost|" -e "s|^Port 993|Port $imap|" -e "s|^User replies.*|User bounces|" \
    -e "s|^PassCmd .*|PassCmd \"echo $secret\"|" -e "s|^AuthMechs XOAUTH2|AuthMechs PLAIN\nCertificateFile $TMP/tls/ca.pem|" \
    -e "s|/var/lib/nurture/mail|$TMP/far/isync|" "$samples/mbsyncrc" >"$TMP/mbsyncrc"
as_nobody mkdir -p "$TMP/far/isync"
ok "mbsync pulls" as_nobody mbsync -c "$TMP/mbsyncrc" replies
ok "what it pulled is read" n -q receive --maildir "$TMP/far/isync/replies" --once
ok "mbsyncrc" has_bounced isync

# And with getmail, straight into nurture.
mail "$lmtp" getmail lmtp
mkdir -p "$TMP/far/getmail"
sed -e "s|^server = .*|server = localhost|" -e "s|^port = 993|port = $imap|" -e "s|^username = .*|username = bounces|" \
    -e "/^use_xoauth2/d" -e "s|^password_command = .*|password_command = (\"echo\", \"$secret\")|" \
    -e "s|^path = .*|path = $TMP/bin/n|" -e 's|^arguments = .*|arguments = ("-q", "receive")|' \
    -e "s|^\[destination\]|ca_certs = $TMP/tls/ca.pem\n[destination]|" "$samples/getmailrc" >"$TMP/far/getmail/getmailrc"
chown -R nobody:nogroup "$TMP/far/getmail"
chmod 600 "$TMP/far/getmail/getmailrc"
ok "getmail fetches" as_nobody getmail --getmaildir "$TMP/far/getmail" --rcfile getmailrc
ok "getmailrc" has_bounced getmail
is "each bounce is one event, though three of them came again by another way" \
    "$(sql "SELECT count(*) FROM event WHERE kind = 'bounced'")" 5
if [ "$failed" != 0 ]; then
    tail -20 "$TMP/maillog" | sed 's/^/# /'
    tail -20 "$TMP/dovecot.log" | sed 's/^/# /'
fi
done_testing
