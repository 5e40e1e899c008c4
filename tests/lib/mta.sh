# mta.sh - for tests/mta/m*.sh: a real mail server of Debian's on loopback
#
# Sourced after lib.sh. The server is installed for the test and removed
# after it unless it was there before, so these tests want root and a machine
# that nobody minds: NURTURE_DISPOSABLE=1.
# shellcheck shell=sh

[ "$(id -u)" = 0 ] || skip_all "installs mail servers, so it must be root"
[ "${NURTURE_DISPOSABLE:-}" = 1 ] ||
    skip_all "installs mail servers: set NURTURE_DISPOSABLE=1 on a machine that nobody minds"

DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND
installed=
# install PACKAGE..: those that are missing; nothing is started by it
install_packages() {
    missing=
    for p in "$@"; do
        dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
    done
    [ -n "$missing" ] || return 0
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d
        policy=ours
    fi
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing >"$TMP/apt" 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >>"$TMP/apt" 2>&1 ||
        { sed 's/^/# /' "$TMP/apt" | tail -5; skip_all "cannot install$missing"; }
    installed="$installed$missing"
}
stop_server() { :; } # each test says how
leave() {
    stop_server >/dev/null 2>&1 || true
    # shellcheck disable=SC2086
    [ -z "$installed" ] || apt-get purge -y -qq $installed >/dev/null 2>&1 || true
    [ -z "${policy:-}" ] || rm -f /usr/sbin/policy-rc.d
    cleanup
}
trap leave EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
wait_for_port() {
    python3 - "$1" <<'PY'
import socket, sys, time
for _ in range(400):
    try:
        s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
        s.settimeout(5)
        sys.exit(not s.recv(100).startswith(b'220'))
    except OSError:
        time.sleep(0.05)
sys.exit('no server')
PY
}
# until COMMAND..: at most 30 s
until_true() {
    i=0
    while ! "$@" && [ $i -lt 600 ]; do
        sleep 0.05
        i=$((i + 1))
    done
    "$@"
}

# A CA of our own and a certificate for localhost in $TMP/tls.
make_certificates() {
    mkdir -p "$TMP/tls"
    (
        cd "$TMP/tls" || exit 1
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Test CA" -keyout ca.key -out ca.pem
        openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout key.pem -out csr.pem
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >ext
        openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out cert.pem
        chmod 600 ./*.key key.pem
    ) >"$TMP/openssl" 2>&1
    SSL_CERT_FILE=$TMP/tls/ca.pem
    export SSL_CERT_FILE
}

# postfix_install PACKAGE..: Postfix and what else is needed, its folders below
# $TMP, its files in $etc
postfix_install() {
    echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections 2>/dev/null || true
    install_packages postfix "$@"
    etc=$TMP/postfix
    mkdir -p "$etc" "$TMP/queue" "$TMP/data" "$TMP/dovecot" "$TMP/mail" "$TMP/bin"
    chmod 755 "$TMP"
    chown postfix "$TMP/data"
    chown nobody:nogroup "$TMP/mail"
}
# postfix_configure PORT: $etc/main.cf and master.cf, in which each test adds its
# own lines; mailboxes are nobody's, $etc/mailboxes names them
postfix_configure() {
    cat >"$etc/main.cf" <<CF
compatibility_level = 3.6
queue_directory = $TMP/queue
data_directory = $TMP/data
maillog_file = $TMP/maillog
maillog_file_prefixes = $TMP
myhostname = mx.kestrel.example
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
default_transport = error:nothing leaves this test
virtual_mailbox_maps = texthash:$etc/mailboxes
virtual_mailbox_base = $TMP/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:$(id -u nobody)
virtual_gid_maps = static:$(id -g nobody)
smtpd_relay_restrictions = permit_mynetworks, reject
in_flow_delay = 0
CF
    cat >"$etc/master.cf" <<CF
127.0.0.1:$1 inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
lmtp unix - - n - - lmtp
smtp unix - - n - - smtp
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
CF
}
# What comes back goes to nurture's pipe, mail to away@ to a responder.
postfix_answers() {
    cat >>"$etc/master.cf" <<CF
nurture unix - n n - 4 pipe
  flags=R user=nobody:nogroup argv=$TMP/bin/n receive \${recipient}
responder unix - n n - 4 pipe
  user=nobody:nogroup argv=/usr/bin/python3 $TMP/bin/responder.py $SMTP_PORT \${sender} \${recipient}
CF
    cat >"$etc/transport" <<CF
/^(bounces|replies)(\+.*)?@mail\.kestrel\.example$/ nurture:
/^away@/ responder:
CF
    cat >>"$etc/main.cf" <<CF
transport_maps = regexp:$etc/transport
smtpd_reject_unlisted_recipient = no
CF
    cp "$tests/lib/responder.py" "$TMP/bin/"
}
stop_postfix_and_dovecot() {
    doveadm -c "$TMP/dovecot.conf" stop || true
    postfix -c "$etc" stop
}

# The server's pipe runs as nobody, so the workspace is nobody's, and every
# command runs as nobody does: $TMP/bin/n, which takes its time from $TMP/now.
shared_workspace() {
    chmod 755 "$TMP"
    mkdir -p "$TMP/bin"
    cp "$NURTURE" "$TMP/bin/nurture"
    cat >"$TMP/bin/n" <<N
#!/bin/sh
HOME=$TMP XDG_STATE_HOME=$XDG_STATE_HOME TZ=UTC NO_COLOR=1 NURTURE_NOW=\$(cat $TMP/now)
SSL_CERT_FILE=${SSL_CERT_FILE:-} NURTURE_SMTP_PASSWORD=correct-horse
export HOME XDG_STATE_HOME TZ NO_COLOR NURTURE_NOW SSL_CERT_FILE NURTURE_SMTP_PASSWORD
[ "\$(id -u)" != 0 ] || set -- setpriv --reuid=nobody --regid=nogroup --clear-groups $TMP/bin/nurture -C $TMP/ws "\$@"
[ "\$1" = setpriv ] || set -- $TMP/bin/nurture -C $TMP/ws "\$@"
cd / && exec "\$@"
N
    chmod 755 "$TMP/bin/n"
    NURTURE_NOW="2026-03-03 09:00" workspace "$TMP/ws"
    echo "1 0f0e0d0c0b0a090807060504030201000f0e0d0c0b0a09080706050403020100" >"$(dirname "$DB")/keys"
    sed -i -e '/^id:/d' -e "s|^company:|database: $DB\ncompany:|" -e "s/^smtp:/smtp:\\n  connections: 4/" "$TMP/ws/nurture.yaml"
    chown -R nobody:nogroup "$TMP/ws" "$XDG_STATE_HOME"
}
n() { "$TMP/bin/n" "$@"; }
at() { echo "$1" >"$TMP/now"; }
sql() { sqlite3 -separator ' ' "$DB" ".timeout 5000" "$@"; }
# encrypted PORT: from here on with STARTTLS and AUTH
encrypted() {
    sed -i -e "s/host: 127.0.0.1/host: localhost/" -e "s/port: $SMTP_PORT/port: $1/" \
        -e "s/tls: off/tls: required\\n  user: nurture\\n  password_from: env NURTURE_SMTP_PASSWORD/" "$TMP/ws/nurture.yaml"
}
# The people of t9010-wire.sh first, so that their mails are its golden files.
mta_people() { # N
    cat "$tests/data/people.csv"
    for who in gone away keen; do
        echo "$who@example.org,Kim,Berg,DE,en,senior,backend,,,no,2026-01-05,you joined our talent community"
    done
    i=1
    while [ $i -le "$1" ]; do
        echo "p$i@example.org,Kim,Berg,DE,en,senior,backend,,,no,2026-01-05,you joined our talent community"
        i=$((i + 1))
    done
}
# golden DIR-OF-A-MAILDIR WHO
golden() {
    find "$1" -type f -path '*/new/*' -exec python3 "$tests/lib/golden-mail.py" {} + >"$TMP/got.$2"
    diff -u "$tests/data/golden/$2.txt" "$TMP/got.$2"
}

# mta_flow: 20 checks that are the same for every server: newsletter and
# sequence to $people more people, a bounce and an answer back, and from the
# second step on encrypted, if $submission is a port with STARTTLS and AUTH.
# `idle` says whether the server's queue is empty; maildirs are $TMP/mail/WHO.
mta_flow() {
    n -q candidates import "$TMP/people.csv" >"$TMP/import" 2>&1
    all=$((people + 7))
    control=$(n plan backend-nurture --json | grep -o '"control":[0-9]*' | cut -d: -f2)
    ok "launch of the sequence" n -q launch backend-nurture "--yes=$((all - control))"
    ok "its first step" n -q run
    ok "the server delivers all" until_true idle
    is "the unknown user bounced" "$(sql "SELECT DISTINCT c.email FROM event x JOIN candidate c USING (candidate_id) WHERE x.kind = 'bounced'")" gone@example.org
    is "and is suppressed" "$(sql "SELECT c.email, s.reason FROM suppression s JOIN candidate c USING (address_hmac)")" "gone@example.org bounced"
    ok "launch of the newsletter" n -q launch engineering-update --yes=$((all - 1))
    ok "the newsletter" n -q run
    at "2026-03-04 10:00"
    until_true idle
    welcome=$(grep -l '^List-Id: Backend nurture' "$TMP"/mail/keen/new/*)
    ok "an answer is taken" python3 "$tests/lib/answer.py" "$SMTP_PORT" "$welcome" "That sounds great. Could we talk on Thursday?"
    until_true idle
    is "it is a reply of hers" "$(sql "SELECT c.email, r.intent, r.text FROM reply r JOIN candidate c USING (candidate_id)")" \
        "keen@example.org interested That sounds great. Could we talk on Thursday?"
    [ -z "$submission" ] || encrypted "$submission"
    for day in $(days 2026-03-05 48); do # late mail would be spread
        at "$day 09:00"
        n -q run >>"$TMP/run.out" 2>&1 || true
    done
    is "the other steps; nothing was said on stderr" "$(cat "$TMP/run.out")" ""
    ok "the server delivers all" until_true idle
    is "everybody else got the newsletter and all steps" "$(sql "SELECT x, count(*) FROM
        (SELECT c.email, count(*) || ' of ' || (CASE WHEN e.control THEN 1 ELSE 5 END) AS x
         FROM message m JOIN candidate c USING (candidate_id)
         JOIN enrolment e ON e.candidate_id = c.candidate_id AND e.campaign = 'backend-nurture'
         WHERE m.state = 'sent' AND c.email NOT IN ('gone@example.org', 'keen@example.org') GROUP BY 1)
        GROUP BY 1")" "1 of 1 $control
5 of 5 $((all - control - 2))"
    is "every mail that was sent is in a mailbox, once" "$(find "$TMP/mail" -path '*/new/*' -type f ! -path '*/recruiters/*' | wc -l)" \
        "$(sql "SELECT count(*) FROM message m JOIN candidate c USING (candidate_id) WHERE m.state = 'sent' AND c.email <> 'gone@example.org'")"
    is "no Message-ID twice" "$(find "$TMP/mail" -path '*/new/*' -type f -exec grep -h '^Message-ID:' {} + | sort | uniq -d)" ""
    ok "GMime finds nothing to complain of" find "$TMP/mail" -path '*/new/*' -type f ! -path '*/recruiters/*' -exec "${NURTURE%/*}/tests/parse-mail" {} +
    for who in anna zoe blank held; do
        ok "mails to $who as in tests/data/golden" golden "$TMP/mail/$who" $who
    done
}

# --- volume: 5,000 signed mails in a workspace of its own, on a real clock ---

volume=${MTA_MESSAGES:-5000}
offers_pipelining() { # PORT
    python3 -c 'import smtplib, sys
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as s:
    s.ehlo()
    sys.exit(not s.has_extn("pipelining"))' "$1"
}
# mta_volume WAY [PORT-WITH-TLS-AND-AUTH]: 8 checks. The server puts all mail to
# @volume.example into the maildir $TMP/mail/volume. What is plain goes past
# wire-log.py, which sees how it is sent.
mta_volume() {
    way=$1 port=${2:-} v=$TMP/volume-$1
    if [ -z "$port" ]; then
        background python3 "$tests/lib/wire-log.py" "$v.port" "$SMTP_PORT" "$v.wire"
        wait_for "$v.port"
        port=$(cat "$v.port")
    fi
    (
        XDG_STATE_HOME=$TMP/state-$way
        SMTP_PORT=$port
        export XDG_STATE_HOME
        workspace "$v"
        printf 'dkim:\n  sign: here\n' >>"$v/nurture.yaml"
        sed -i "s/^smtp:/smtp:\\n  connections: 4/" "$v/nurture.yaml"
        [ -z "${2:-}" ] || sed -i -e "s/host: 127.0.0.1/host: localhost/" \
            -e "s/tls: off/tls: required\\n  user: nurture\\n  password_from: env NURTURE_SMTP_PASSWORD/" "$v/nurture.yaml"
        people "$volume" | sed "s/^p\([0-9]*\)@example.org/${way}\1@volume.example/" >"$v.csv"
        "$NURTURE" -q -C "$v" candidates import "$v.csv"
        "$NURTURE" -q -C "$v" dkim keygen
        "$NURTURE" -C "$v" dkim dns --json >"$v.dns"
        "$NURTURE" -q -C "$v" launch engineering-update "--yes=$volume"
    ) >"$v.setup" 2>&1 || sed 's/^/# /' "$v.setup"
    vn() { XDG_STATE_HOME=$TMP/state-$way NURTURE_SMTP_PASSWORD=correct-horse "$NURTURE" -C "$v" "$@"; }
    vdb=$(find "$TMP/state-$way" -name nurture.db | head -1)
    ok "$way: $volume mails" vn -q -v run
    cp "$TMP/out" "$v.log"
    is "$way: all were sent" "$(sqlite3 -separator ' ' "$vdb" "SELECT state, count(*) FROM message GROUP BY 1")" "sent $volume"
    i=0
    while ! idle && [ $i -lt 2400 ]; do sleep 0.1; i=$((i + 1)); done
    find "$TMP/mail/volume/new" -type f -exec grep -lE "^To:.*${way}[0-9]+@volume.example" {} + >"$v.files" || true
    is "$way: all arrived" "$(wc -l <"$v.files")" "$volume"
    is "$way: one for each person" "$(xargs grep -hoiE "^To:.*${way}[0-9]+@volume.example" <"$v.files" | grep -oE "${way}[0-9]+" | sort -u | wc -l)" "$volume"
    is "$way: none twice" "$(xargs grep -h '^Message-ID:' <"$v.files" | sort | uniq -d | wc -l)" 0
    # 100 from all over the run; two signatures each
    awk -v n="$volume" 'NR % int(n / 100 + 0.999) == 0' "$v.files" | while read -r f; do
        sed 's/\r*$/\r/' "$f" >"$v.sample-${f##*/}"
    done
    is "$way: the sample's signatures verify" "$(/usr/bin/python3 "$tests/lib/check-dkim.py" "$v.dns" "$v".sample-* | awk '{ print $3 }' | sort | uniq -c | sed 's/^ *//')" \
        "$(($(find "$TMP" -maxdepth 1 -name "volume-$way.sample-*" | wc -l) * 2)) ok"
    # one per connection never is, the anchor of mta/smtp_session.c
    if [ -z "${2:-}" ] && ! offers_pipelining "$SMTP_PORT"; then
        is "$way: this server offers no PIPELINING: answer by answer" "$(wc -l <"$v.wire")" 0
    elif [ -z "${2:-}" ]; then
        together=$(wc -l <"$v.wire")
        echo "# $way: $together of $volume at once, $(grep -c '^\.' "$v.wire" || true) behind a dot"
        ok "$way: pipelined, as seen on the wire" test "$together" -ge $((volume * 9 / 10))
    else
        is "$way: pipelined on each connection, inside TLS and logged in" \
            "$(grep -o 'status=open.*' "$v.log" | sort -u)" "status=open tls=TLSv1.2 login=yes way=pipelined"
    fi
    ok "$way: and there is a sample" test "$(find "$TMP" -maxdepth 1 -name "volume-$way.sample-*" | wc -l)" -ge 10
}
