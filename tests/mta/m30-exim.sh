#!/bin/sh
# m30-exim.sh - through a real Exim and back: its own AUTH PLAIN under
# STARTTLS, and its own form of a bounce
TESTS=$(cd "$(dirname "$0")/.." && pwd)
. "$TESTS/lib/lib.sh"
. "$TESTS/lib/mta.sh"

install_packages exim4-daemon-light exim4-base exim4-config openssl
make_certificates
SMTP_PORT=$(free_port)
submission=$(free_port)
mkdir -p "$TMP/mail" "$TMP/spool"
chmod 755 "$TMP" "$TMP/tls"
chown nobody:nogroup "$TMP/mail"
chown -R Debian-exim:Debian-exim "$TMP/spool"
chgrp Debian-exim "$TMP/tls/key.pem"
chmod 640 "$TMP/tls/key.pem"
at "2026-03-03 09:00"
shared_workspace
# Exim takes no address into a command line, but gives it in the environment.
printf '#!/bin/sh\nexec %s/bin/n receive "$RECIPIENT"\n' "$TMP" >"$TMP/bin/receive"
chmod 755 "$TMP/bin/receive"
people=100
mta_people $people >"$TMP/people.csv"
awk -F, 'NR > 1 && $1 !~ /^gone@/ { sub("@.*", "", $1); print $1 ": " $1 }' "$TMP/people.csv" >"$TMP/known"
chmod 644 "$TMP/people.csv" "$TMP/known"
# Only from its own place will Exim keep the right to become another user.
conf=/etc/exim4/exim4.conf
[ ! -e "$conf" ] || skip_all "there is a $conf"
stop_server() { rm -f "$conf"; }
cat >"$conf" <<CF
primary_hostname = mx.kestrel.example
spool_directory = $TMP/spool
log_file_path = $TMP/spool/%slog
log_selector = +pipelining
pid_file_path = $TMP/spool/exim.pid
exim_user = Debian-exim
exim_group = Debian-exim
never_users =
keep_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = $SMTP_PORT : $submission
tls_advertise_hosts = \${if eq{\$received_port}{$submission}{*}}
tls_certificate = $TMP/tls/cert.pem
tls_privatekey = $TMP/tls/key.pem
auth_advertise_hosts = \${if def:tls_in_cipher{*}}
host_lookup =
rfc1413_query_timeout = 0s
queue_run_max = 5
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = rcpt
acl_smtp_data = accept

begin acl
rcpt:
  deny condition = \${if eq{\$received_port}{$submission}}
       !authenticated = *
       message = log in first
  accept hosts = 127.0.0.1

begin routers
back:
  driver = accept
  domains = mail.kestrel.example
  local_parts = bounces : replies
  local_part_suffix = +*
  local_part_suffix_optional
  transport = nurture
recruiters:
  driver = accept
  domains = mail.kestrel.example
  address_data = recruiters
  transport = maildir
volume:
  driver = accept
  domains = volume.example
  address_data = volume
  transport = maildir
people:
  driver = accept
  domains = example.org
  local_parts = lsearch;$TMP/known
  address_data = \$local_part_data
  transport = maildir
  # as Debian's own configuration says
  cannot_route_message = Unknown user

begin transports
maildir:
  driver = appendfile
  directory = $TMP/mail/\$address_data
  maildir_format
  create_directory
  user = nobody
  group = nogroup
nurture:
  driver = pipe
  command = $TMP/bin/receive
  return_path_add
  temp_errors = 75
  user = nobody
  group = nogroup

begin retry
* * F,2h,1m

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = \${if and{{eq{\$auth2}{nurture}}{eq{\$auth3}{correct-horse}}}}
  server_set_id = \$auth2
CF
background exim4 -bdf 2>"$TMP/exim.err"
idle() { [ "$(exim4 -bpc)" = 0 ]; }
plan 37
ok "Exim starts" wait_for_port "$SMTP_PORT"
mta_flow
mta_volume plain
volume=${MTA_MESSAGES:-1000} # Exim makes two processes for each mail
mta_volume tls "$submission"
pipelined() { grep -c " <= .* P=$1 L[.*]* " "$TMP/spool/mainlog"; } # "L-": it was not
ok "and as Exim itself saw it, plain and inside TLS" \
    test "$(pipelined esmtp)" -ge $((${MTA_MESSAGES:-5000} * 9 / 10)) -a "$(pipelined esmtpsa)" -ge $((volume * 9 / 10))
[ $failed = 0 ] || tail -30 "$TMP/spool/mainlog" "$TMP/exim.err" | sed 's/^/# /'
done_testing
