#!/bin/sh
# t3120-pacing.sh - how fast mail leaves: rates, providers, a broken relay, and
# a campaign that pauses itself
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"
plan 35
start_sink "$TMP/sink"
workspace "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
sql() { sqlite3 "$DB" "$1"; }
count() { sql "SELECT count(*) FROM message WHERE state = '$1'"; }
port() { sed -i "s/port: .*/port: $1/" "$TMP/ws/nurture.yaml"; }
sed -i "s/cap: .*/cap: unlimited/" "$TMP/ws/nurture.yaml"
people 120 >"$TMP/p.csv"
n --now "2026-03-02 08:00" candidates import "$TMP/p.csv" >/dev/null

# a campaign's own rate, shared by two processes
news slow "rate: 30 per hour"
n --now "2026-03-02 08:00" launch slow --yes=120
n --now "2026-03-02 10:00" run >"$TMP/1" &
one=$!
n --now "2026-03-02 10:00" run >"$TMP/2" &
two=$!
wait $one
wait $two
is "two runs at once send what the rate allows together" "$(count sent)" 30
n --now "2026-03-02 10:21" run >/dev/null
is "a third of an hour later a third of it" "$(count sent)" 40
id=$(sql "SELECT message_id FROM message WHERE state = 'scheduled' LIMIT 1")
ok "queue why says that the rate is used" sh -c \
    "'$NURTURE' -C '$TMP/ws' --now '2026-03-02 10:20' queue why $id | grep -q 'campaign:slow: all of its rate is used'"

# queue: hold, retry, cancel
ok "hold" n --now "2026-03-02 10:30" queue hold "$id"
n --now "2026-03-05 10:00" run >/dev/null
n --now "2026-03-05 12:00" run >/dev/null
n --now "2026-03-05 14:00" run >/dev/null
is "all but the one on hold leave" "$(sql "SELECT group_concat(message_id) FROM message WHERE state = 'scheduled'")" "$id"
ok "queue why says so" sh -c "'$NURTURE' -C '$TMP/ws' --now '2026-03-05 14:00' queue why $id | grep -q '^held '"
ok "and queue list" sh -c "'$NURTURE' -C '$TMP/ws' queue list | grep -q 'on hold'"
is "for scripts as well, with whom it is for" "$(n queue list --json | grep -o '"to":"p[0-9]*@example.org".*"held":[a-z]*' | sed 's/p[0-9]*@/p@/; s/"last.*"held/"held/')" \
    '"to":"p@example.org","held":true'
status_is "a state that is none" 2 n queue list --state waiting
ok "with those that are" grep -q "no state 'waiting'; one of scheduled, .*in_doubt" "$TMP/err"
is "an empty list says so" "$("$NURTURE" -C "$TMP/ws" queue list --domain nowhere.example)" "no such message"
is "a short one that there is more" "$("$NURTURE" -C "$TMP/ws" queue list --state sent --limit 2 | sed '1d;$!d')" "these are the first 2; --limit 0 shows all"
ok "retry" n --now "2026-03-05 14:00" queue retry "$id"
n --now "2026-03-05 14:01" run >/dev/null
is "lets it go" "$(count sent)" 120

sql "DELETE FROM message; DELETE FROM event; DELETE FROM brake; DELETE FROM bucket"
news two
n --now "2026-04-01 10:00" launch two --yes=120
n --now "2026-04-01 10:00" run --limit 1 >/dev/null
status_is "many at once want a confirmation" 3 n --no-input queue cancel --campaign two
is "nothing was changed" "$(count scheduled)" 119
ok "with --yes" n queue cancel --campaign two --yes
is "all are cancelled" "$(count cancelled)" 119
n --now "2026-04-01 10:05" run >/dev/null
is "and their people go on" "$(sql "SELECT count(*) FROM enrolment WHERE campaign = 'two' AND state = 'done'")" 120
status_is "what was sent cannot be" 3 n queue cancel "$(sql "SELECT message_id FROM message WHERE state = 'sent'")"

# a provider that asks for less
sql "DELETE FROM message; DELETE FROM event; DELETE FROM bucket"
start_sink "$TMP/busy" --fault RCPT:421:1000:1
sed -i "s/rate: .*/rate: 20 per minute/" "$TMP/ws/nurture.yaml"
port "$SMTP_PORT"
sql "UPDATE candidate SET email = replace(email, 'example.org', 'gmail.com'), email_key = replace(email_key, 'example.org', 'gmail.com')"
news three
n --now "2026-04-02 10:00" launch three --yes=120
n --now "2026-04-02 10:00" run >/dev/null 2>&1 || true
is "its name is known" "$(sql "SELECT DISTINCT provider FROM message")" "google"
is "a 421 slows it down" "$(sql "SELECT faults FROM brake WHERE name = 'provider:google'")" 1
ok "status says so" sh -c "'$NURTURE' -C '$TMP/ws' --now '2026-04-02 10:01' status | grep -q '^google asked for less mail; half of it until 2 Apr, 12:30'"
before=$(count sent)
n --now "2026-04-02 10:10" run >/dev/null
is "half of the rate is left" "$(($(count sent) - before))" 10

# a broken relay burns no list
sql "DELETE FROM message; DELETE FROM event; DELETE FROM brake; DELETE FROM bucket; DELETE FROM attempt_past"
start_sink "$TMP/gone"
kill "$SINK_PID"
wait "$SINK_PID" || true
sed -i "s/rate: .*/rate: 60000 per minute/" "$TMP/ws/nurture.yaml"
port "$SMTP_PORT" # nobody listens there now
news four
n --now "2026-04-03 10:00" launch four --yes=120
i=0
while [ $i -lt 4 ]; do
    n --now "2026-04-03 10:0$i" run >/dev/null 2>"$TMP/err" || true
    i=$((i + 1))
done
is "nothing is lost" "$(count scheduled)" 120
ok "after five faults it is left alone" grep -q "the mail server is tried again at 12:0[0-9], or when its settings change, after 5 faults in a row" "$TMP/err"
background "$NURTURE" sink --listen "127.0.0.1:$SMTP_PORT" --store "$TMP/back" >"$TMP/back.port"
wait_for "$TMP/back.port"
status_is "a mended relay waits for its probe" 4 n --now "2026-04-03 10:04" run
is "still nothing is lost" "$(count scheduled)" 120
n --now "2026-04-03 10:10" run >/dev/null
is "the probe is one message" "$(count sent)" 1
n --now "2026-04-03 10:11" run >/dev/null
is "then all leave" "$(count sent)" 120
is "nobody's retries had begun" "$(sql "SELECT count(*) FROM attempt_past WHERE outcome = 'deferred'")" 0

# bounces
sql "DELETE FROM message; DELETE FROM event; DELETE FROM brake; DELETE FROM bucket"
start_sink "$TMP/refusing" --fault RCPT:5xx:200 --seed 7
port "$SMTP_PORT"
sed -i "s/rate: .*/rate: 100 per minute/" "$TMP/ws/nurture.yaml"
news five
n --now "2026-04-04 10:00" launch five --yes=120
n --now "2026-04-04 10:00" run >/dev/null 2>&1 || true
is "a campaign that bounces pauses itself" "$(sql "SELECT state FROM campaign WHERE campaign = 'five'")" "paused"
ok "before all of it has left" test "$(count scheduled)" -gt 15
ok "status says why" sh -c "'$NURTURE' -C '$TMP/ws' status | grep -q 'paused itself: bounces: [0-9]* of [0-9]* mails'"
is "and an alert" "$(sql "SELECT kind || ' ' || object FROM alert WHERE kind = 'paused'")" "paused five"
done_testing
