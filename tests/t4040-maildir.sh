#!/bin/sh
# t4040-maildir.sh - mailboxes that another program fills
. "$(dirname "$0")/lib/lib.sh"
plan 9

export SMTP_PORT=25
workspace "$TMP/ws"
people 3 >"$TMP/people.csv"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
n -q candidates import "$TMP/people.csv" >/dev/null 2>&1
DB=$(find "$XDG_STATE_HOME" -name nurture.db | head -1)
replies() { sqlite3 "$DB" "SELECT count(*) FROM reply"; }
mail() { # FROM TEXT
    printf 'From: %s\nSubject: Re: you\nMessage-ID: <%s@example.org>\n\n%s\n' "$1" "$2" "$2"
}
# until REPLIES: at most 20 s
until_replies() {
    i=0
    while [ "$(replies)" != "$1" ] && [ $i -lt 400 ]; do
        sleep 0.05
        i=$((i + 1))
    done
    replies
}
for box in a b; do mkdir -p "$TMP/$box/new" "$TMP/$box/cur" "$TMP/$box/tmp"; done

mail p1@example.org one >"$TMP/a/new/1.host"
mail p2@example.org two >"$TMP/a/cur/2.host:2,S"
ln -s /etc/passwd "$TMP/a/new/3.link"
mkfifo "$TMP/a/new/4.fifo"
ok "--once takes new and cur, seen or not" n receive --maildir "$TMP/a" --once
is "both are there" "$(replies)" 2
mv "$TMP/a/new/1.host" "$TMP/a/cur/1.host:2,RS"
n receive --maildir "$TMP/a" --once 2>/dev/null
is "a new name and new flags are no new mail" "$(replies)" 2

status_is "a mailbox that is not there is said" 75 n receive --maildir "$TMP/gone" --maildir "$TMP/b" --once
"$NURTURE" -C "$TMP/ws" receive --maildir "$TMP/gone" --maildir "$TMP/a" --maildir "$TMP/b" 2>"$TMP/err" &
server=$!
pids="$pids $server"
mail p3@example.org three >"$TMP/b/tmp/5.host"
mv "$TMP/b/tmp/5.host" "$TMP/b/new/5.host"
is "new mail is seen by itself, beside a bad mailbox" "$(until_replies 3)" 3
mail p1@example.org four >"$TMP/a/tmp/6.host"
ln "$TMP/a/tmp/6.host" "$TMP/a/new/6.host"
is "linked into place as well" "$(until_replies 4)" 4
kill -TERM $server
status=0
wait $server || status=$?
is "ends on SIGTERM" "$status" 0

{
    echo "From p1@example.org Tue Mar  3 09:00:00 2026"
    mail p1@example.org five
    echo
    echo "From p2@example.org Tue Mar  3 09:00:00 2026"
    mail p2@example.org ">From here on, six"
} >"$TMP/mbox"
ok "--mbox takes a file" n receive --mbox "$TMP/mbox"
is "both mails of it, unquoted" "$(sqlite3 "$DB" "SELECT group_concat(text, '|') FROM reply WHERE reply_id > 4")" "five|From here on, six"
done_testing
