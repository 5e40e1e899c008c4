#!/bin/sh
# t9011-smtp-sink.sh - postfix's own smtp-sink receives, refuses and hangs up
. "$(dirname "$0")/lib/lib.sh"

postfix=$(sh "$tests/lib/postfix-tools.sh") || skip_all "smtp-sink cannot be had"
SMTP_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

sinks=0
# sink OPTION..: smtp-sink on $SMTP_PORT, dumps in $dumps; it insists on not
# being root.
sink() {
    [ "$(id -u)" = 0 ] && set -- -u nobody "$@"
    sinks=$((sinks + 1))
    mkdir -p "$dumps"
    chmod 777 "$TMP" "$dumps"
    (cd "$dumps" && exec env "LD_LIBRARY_PATH=$postfix/usr/lib/postfix" \
        "$postfix/usr/sbin/smtp-sink" -d "m$sinks." "$@" "127.0.0.1:$SMTP_PORT" 200) >>"$TMP/sink.err" 2>&1 &
    sink=$!
    pids="$pids $sink"
    python3 - "$SMTP_PORT" <<'PY'
import socket, sys, time
for _ in range(400):
    try:
        socket.create_connection(('127.0.0.1', int(sys.argv[1]))).close()
        break
    except OSError:
        time.sleep(0.05)
PY
}
stop_sink() {
    kill "$sink" 2>/dev/null || true
    wait "$sink" 2>/dev/null || true
}
n() { "$NURTURE" -C "$ws" "$@"; }
at() { # TIME: one run then
    NURTURE_NOW=$1 n -q run 2>>"$TMP/run.err" || true
}
# fresh NAME PEOPLE: a workspace with a launched newsletter
fresh() {
    ws=$TMP/$1
    dumps=$TMP/$1.dumps
    XDG_STATE_HOME=$TMP/$1.state
    export XDG_STATE_HOME
    workspace "$ws"
    sed -i "s/^smtp:/smtp:\\n  connections: 4/" "$ws/nurture.yaml"
    people "$2" >"$TMP/people.csv"
    export NURTURE_NOW="2026-03-03 09:00"
    n -q candidates import "$TMP/people.csv" >/dev/null 2>&1
    n -q launch engineering-update "--yes=$2"
}
states() { sqlite3 "$DB" "SELECT group_concat(x, ' ') FROM (SELECT state || '=' || count(*) AS x FROM message GROUP BY state ORDER BY state)"; }
arrived() { # what the sink has, as the store wrote it down
    python3 "$tests/lib/sink-dump.py" "$dumps" "$dumps.eml" | sort >"$TMP/arrived"
    sqlite3 -separator ' ' "$DB" "SELECT rcpt, mime_sha256 FROM message WHERE state = 'sent'" | sort >"$TMP/stored"
}
plan 42

# 1. The newsletter and the sequence, four sessions at once.
people=40
fresh clean $people
sink -p
held=$(n plan backend-nurture --json | grep -o '"control":[0-9]*' | cut -d: -f2)
ok "launch of the sequence" n -q launch backend-nurture "--yes=$((people - held))"
for day in $(days 2026-03-03 50); do # late mail would be spread
    at "$day 09:00"
done
stop_sink
total=$((people + 4 * (people - held)))
is "newsletter and four steps are sent" "$(states)" "sent=$total"
arrived
is "each arrived once, with the bytes that the store knows" \
    "$(cut -d' ' -f1,3 "$TMP/arrived" | sort)" "$(cat "$TMP/stored")"
is "no Message-ID twice" "$(cut -d' ' -f2 "$TMP/arrived" | sort -u | wc -l)" $total
ok "no defects by Python" python3 "$tests/lib/check-mail.py" "$dumps.eml"
ok "no warnings by GMime" sh -c '"$0" "$1"/*.eml' "${NURTURE%/*}/tests/parse-mail" "$dumps.eml"
is "nothing was said on stderr" "$(cat "$TMP/run.err")" ""

# 2. One fault at a time: OPTION VERB, the states after it, the states when
# the relay is well again and the retry is due, how many different mails were
# received in how many copies. (smtp-sink keeps a mail whose dot it refuses.)
while read -r option verb first later copies; do
    : >"$TMP/run.err"
    rm -rf "$TMP"/fault*
    fresh fault 6
    sink "-$option" "$verb"
    at "2026-03-03 09:00"
    stop_sink
    is "-$option $verb" "$(states)" "$first"
    sink
    at "2026-03-03 10:30"
    stop_sink
    arrived
    is "-$option $verb: later" "$(states), $(sort -u "$TMP/arrived" | wc -l) in $(wc -l <"$TMP/arrived")" "$later, $copies"
done <<'FAULTS'
r mail deferred=6 sent=6 6 in 6
r rcpt deferred=6 sent=6 6 in 6
r data deferred=6 sent=6 6 in 6
r . deferred=6 sent=6 6 in 12
f mail dead=6 dead=6 0 in 0
f rcpt dead=6 dead=6 0 in 0
f data dead=6 dead=6 0 in 0
f . dead=6 dead=6 6 in 6
q connect scheduled=6 sent=6 6 in 6
q ehlo scheduled=6 sent=6 6 in 6
q mail scheduled=6 sent=6 6 in 6
q rcpt scheduled=6 sent=6 6 in 6
q data scheduled=6 sent=6 6 in 6
q . in_doubt=6 in_doubt=6 6 in 6
q quit sent=6 sent=6 6 in 6
FAULTS

# 3. The relay dies after 25 mails and comes back an hour later.
fresh dying 60
sink -M 25
at "2026-03-03 09:00"
wait "$sink" || true
before=$(sqlite3 "$DB" "SELECT count(*) FROM message WHERE state = 'sent'")
sink
at "2026-03-03 10:30"
stop_sink
arrived
doubt=$(sqlite3 "$DB" "SELECT count(*) FROM message WHERE state = 'in_doubt'")
is "the relay died in the middle" "$((before >= 21 && before <= 25))" 1
is "at most one doubt per connection" "$((doubt <= 4))" 1
is "all others are sent" "$(wc -l <"$TMP/stored")" $((60 - doubt))
is "nobody twice" "$(cut -d' ' -f1 "$TMP/arrived" | uniq -d)" ""
is "no 'sent' that did not arrive" "$(cut -d' ' -f1,3 "$TMP/arrived" | sort | comm -13 - "$TMP/stored")" ""
done_testing
