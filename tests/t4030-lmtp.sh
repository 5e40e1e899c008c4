#!/bin/sh
# t4030-lmtp.sh - nurture receive --lmtp as a mail server sees it
. "$(dirname "$0")/lib/lib.sh"
plan 12

export SMTP_PORT=25
workspace "$TMP/ws"
people 1 >"$TMP/people.csv"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
n -q candidates import "$TMP/people.csv" >/dev/null 2>&1
DB=$(find "$XDG_STATE_HOME" -name nurture.db | head -1)
SPOOL=$(dirname "$DB")/spool

# talk STEPS: an expect-free client; prints every answer
cat >"$TMP/talk.py" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
f = s.makefile("rb")
def answer():
    while True:
        line = f.readline()
        if not line: return
        if line[3:4] != b"-":
            print(line.decode().strip()[:9]); return
answer()
for step in sys.stdin.buffer.read().split(b"\n"):
    if not step: continue
    count, _, text = step.partition(b" ")
    s.sendall(text.decode("unicode_escape").encode("latin-1"))
    for i in range(int(count)): answer()
END
talk() { python3 "$TMP/talk.py" "$TMP/lmtp" | tr '\n' ';'; }
serve() {
    "$NURTURE" -C "$TMP/ws" receive --lmtp "$TMP/lmtp" "$@" 2>"$TMP/err" &
    server=$!
    pids="$pids $server"
    i=0
    while [ ! -S "$TMP/lmtp" ] && [ $i -lt 400 ]; do
        sleep 0.05
        i=$((i + 1))
    done
}
serve --spool-only

is "pipelined mail for two recipients has two answers" "$(printf '%s\n' \
    '1 LHLO mx\r\n' \
    '4 MAIL FROM:<> SIZE=80 BODY=8BITMIME\r\nRCPT TO:<bounces+x@a.example>\r\nRCPT TO:<replies@a.example>\r\nDATA\r\n' \
    '2 From: p1@example.org\r\nSubject: hello\r\n\r\n..dot\r\nhi\r\n.\r\n' \
    '1 QUIT\r\n' | talk)" "220 nurtu;250 SMTPU;250 2.1.0;250 2.1.5;250 2.1.5;354 end w;250 2.0.0;250 2.0.0;221 2.0.0;"
is "it is one file" "$(find "$SPOOL/new" -name '*.eml' | wc -l)" 1
is "with its envelope and without dot-stuffing" "$(cat "$SPOOL"/new/*.eml)" "$(printf 'Return-Path: <>\r\nDelivered-To: bounces+x@a.example\r\nDelivered-To: replies@a.example\r\nFrom: p1@example.org\r\nSubject: hello\r\n\r\n.dot\r\nhi\r')"
rm "$SPOOL"/new/*.eml

is "only CR LF . CR LF ends the data" "$(printf '%s\n' \
    '1 LHLO mx\r\n' \
    '3 MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n' \
    '1 one\n.\nMAIL FROM:<evil@b.example>\r\n\r.\r\n\n.\r\n\r\n.\n\r\n.\r\n' \
    '1 QUIT\r\n' | talk)" "220 nurtu;250 SMTPU;250 2.1.0;250 2.1.5;354 end w;250 2.0.0;221 2.0.0;"
is "so that one mail is one mail" "$(find "$SPOOL/new" -name '*.eml' | wc -l)" 1
is "what is wrong is refused" "$(printf '%s\n' \
    '1 EHLO mx\r\n' '1 MAIL FROM:<a@b.example>\r\n' '1 LHLO mx\r\n' \
    '1 RCPT TO:<c@d.example>\r\n' '1 MAIL FROM:<a@b.example> SIZE=99999999999\r\n' \
    '1 MAIL FROM:<a@b.example> RET=HDRS\r\n' '1 MAIL FROM:<a@b.example>\r\n' \
    '1 RCPT TO:<nobody>\r\n' '1 RCPT TO:<\xc3\xa4@d.example>\r\n' '1 DATA\r\n' '1 RSET\r\n' \
    '1 NOOP\n' '1 QUIT\r\n' | talk)" \
    "220 nurtu;500 5.5.1;503 5.5.1;250 SMTPU;503 5.5.1;552 5.3.4;555 5.5.4;250 2.1.0;553 5.1.3;553 5.6.7;503 5.5.1;250 2.0.0;500 5.5.2;221 2.0.0;"
is "SMTPUTF8 lets other letters in" "$(printf '%s\n' \
    '1 LHLO mx\r\n' '1 MAIL FROM:<a@b.example> SMTPUTF8\r\n' '1 RCPT TO:<\xc3\xa4@d.example>\r\n' \
    '1 QUIT\r\n' | talk)" "220 nurtu;250 SMTPU;250 2.1.0;250 2.1.5;221 2.0.0;"

rm "$SPOOL"/new/*.eml
mv "$SPOOL/new" "$SPOOL/away"
: >"$SPOOL/new"
is "451 when it cannot be kept" "$(printf '%s\n' \
    '1 LHLO mx\r\n' \
    '3 MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n' '1 one\r\n.\r\n' \
    '1 QUIT\r\n' | talk)" "220 nurtu;250 SMTPU;250 2.1.0;250 2.1.5;354 end w;451 4.3.0;221 2.0.0;"
rm "$SPOOL/new"

status_is "a second server keeps away" 75 n receive --lmtp "$TMP/lmtp"
kill -TERM $server
status=0
wait $server || status=$?
is "ends on SIGTERM" "$status" 0

serve
printf '%s\n' '1 LHLO mx\r\n' '3 MAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n' \
    '1 From: p1@example.org\r\nSubject: Re: you\r\n\r\nYes, please call me!\r\n.\r\n' '1 QUIT\r\n' | talk >"$TMP/said"
kill -TERM $server
wait $server || true
is "a mail is understood before the end" "$(sqlite3 "$DB" "SELECT intent, from_address FROM reply")" "interested|p1@example.org"
is "and its socket is gone" "$(ls "$TMP/lmtp" 2>/dev/null || true)" ""
done_testing
