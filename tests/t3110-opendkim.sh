#!/bin/sh
# t3110-opendkim.sh - opendkim verifies both signatures, each by itself
#
# opendkim-testmsg asks the DNS of the computer, so it runs in a network of its
# own, where that is ours.
. "$(dirname "$0")/lib/lib.sh"

testmsg=$(command -v opendkim-testmsg || ls /usr/sbin/opendkim-testmsg 2>/dev/null) ||
    skip_all "needs opendkim-tools"
unshare -rmn true 2>/dev/null || skip_all "needs unshare(1) with a network of its own"
start_sink "$TMP/mail"
workspace "$TMP/ws"
printf 'dkim:\n  sign: here\n' >>"$TMP/ws/nurture.yaml"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
people 3 >"$TMP/people.csv"
n -q candidates import "$TMP/people.csv" >/dev/null
n -q dkim keygen
n -q launch engineering-update --yes=3
plan 6
ok "three signed mails" n -q run
n dkim dns --json | python3 -c 'import json, sys
for r in json.load(sys.stdin)["records"]: print(r["name"], "TXT", r["value"])' >"$TMP/zone"
echo "nameserver 127.0.0.1" >"$TMP/resolv.conf"
# The mails with both signatures, with either alone, and changed.
mkdir "$TMP/cases"
python3 - "$TMP" <<'PY'
import glob, re, sys
top = sys.argv[1]
field = re.compile(rb'DKIM-Signature:.*?\r\n(?![ \t])', re.S)
for i, path in enumerate(sorted(glob.glob(top + '/mail/*.eml'))):
    mail = open(path, 'rb').read()
    rsa, ed = field.findall(mail)[:2]
    assert b'a=rsa-sha256' in rsa and b'a=ed25519-sha256' in ed
    rest = mail.replace(rsa, b'').replace(ed, b'')
    for name, bytes_ in (('both', mail), ('rsa', rsa + rest), ('ed25519', ed + rest),
                         ('changed', rsa + rest.replace(b'Subject: ', b'Subject: Re: ')),
                         ('body', ed + rest + b'one more line\r\n')):
        open('%s/cases/%s-%d' % (top, name, i), 'wb').write(bytes_)
PY
cat >"$TMP/inside" <<SH
mount --bind "$TMP/resolv.conf" "\$(realpath /etc/resolv.conf)"
python3 "$tests/lib/dns-server.py" "$TMP/zone" "$TMP/dns.port" 53 &
server=\$!
i=0
while [ ! -s "$TMP/dns.port" ] && [ \$i -lt 400 ]; do sleep 0.05; i=\$((i + 1)); done
for f in "$TMP"/cases/*; do
    name=\${f##*/}
    if "$testmsg" <"\$f" >"\$f.out" 2>&1; then echo "\${name%-*} good"; else echo "\${name%-*} bad"; fi
done | sort | uniq -c | sed 's/^ *//' >"$TMP/verdicts"
kill \$server
SH
unshare -rmn sh "$TMP/inside" >"$TMP/inside.out" 2>&1 || sed 's/^/# /' "$TMP/inside.out"
verdict() { grep " $1 " "$TMP/verdicts" || tail -2 "$TMP/cases/$1-0.out"; }
is "both signatures" "$(verdict both)" "3 both good"
is "RSA alone" "$(verdict rsa)" "3 rsa good"
is "Ed25519 alone" "$(verdict ed25519)" "3 ed25519 good"
is "not with another subject" "$(verdict changed)" "3 changed bad"
is "nor with a longer body" "$(verdict body)" "3 body bad"
done_testing
