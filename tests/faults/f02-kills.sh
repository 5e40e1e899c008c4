#!/bin/sh
# f02-kills.sh - kill -9 at random moments: two runs and a reader of answers at
# once, people
# answering and opting out meanwhile; FAULTS_KILLS kills, half of them with
# resend, half of each with a window
. "$(dirname "$0")/lib.sh"

kills=${FAULTS_KILLS:-200}
plan 10

# start_run: its pid in $pid; start_reader: $reader
# Every other run has a thread that waits for the disk.
start_run() {
    env NURTURE_TESTING=1 NURTURE_ANSWERS_APART=$((${i:-0} % 2 * 99 + 1)) "$NURTURE" -q -C "$ws" run 2>>"$TMP/runs.err" &
    pid=$!
}
start_reader() {
    "$NURTURE" -q -C "$ws" receive --maildir "$TMP/maildir" 2>>"$TMP/reader.err" &
    reader=$!
}
# What every tenth answers, before any mail of ours: it puts them on hold.
answers() {
    rm -rf "$TMP/maildir"
    mkdir -p "$TMP/maildir/new" "$TMP/maildir/cur" "$TMP/maildir/tmp"
    i=10
    while [ $i -le "$1" ]; do
        printf 'Delivered-To: replies@mail.kestrel.example\r\nFrom: p%s@example.org\r\nTo: replies@mail.kestrel.example\r\nSubject: unsubscribe\r\nMessage-ID: <out-%s@example.org>\r\n\r\nunsubscribe\r\n' $i $i >"$TMP/later-$i"
        i=$((i + 10))
    done
}
random() { # SEED LIMIT
    awk -v s="$1" -v n="$2" 'BEGIN { srand(s); print int(rand() * n) }'
}
for policy in hold resend; do
    each=$((kills / 2))
    people=$((each * 40))
    queued "$policy" $people $policy
    to_sink "$policy.mail" --latency 20 --chunking
    answers $people
    start_run
    first=$pid
    start_run
    second=$pid
    start_reader
    i=1 hit=0 limit=0 window=1 readers=0
    while [ $i -le $each ]; do
        if [ $i = $((each / 2 + 1)) ]; then
            set_smtp window 4
            window=4
        fi
        # one answers and one opts out, mailed already or not
        who=$((10 + 10 * (i % (people / 10))))
        [ ! -f "$TMP/later-$who" ] || mv "$TMP/later-$who" "$TMP/maildir/new/$who"
        sql "INSERT INTO suppression (address_hmac, scope, reason, at) SELECT address_hmac, 'all',
            'opted_out', $(date +%s%3N) FROM candidate WHERE email = 'p$((who + 5))@example.org'
            ON CONFLICT DO NOTHING"
        sleep "$(awk -v i="$i" 'BEGIN { srand(i); printf "%.3f", 0.05 + rand() * 0.25 }')"
        case $(random "$i$i" 5) in
        0 | 1) victim=$first ;;
        2 | 3) victim=$second ;;
        *) victim=$reader ;;
        esac
        kill -9 "$victim" 2>/dev/null || true
        status=0
        wait "$victim" 2>/dev/null || status=$?
        [ $status != 137 ] || hit=$((hit + 1))
        case $victim in
        "$first") start_run && first=$pid limit=$((limit + 2 * window)) ;;
        "$second") start_run && second=$pid limit=$((limit + 2 * window)) ;;
        *) start_reader && readers=$((readers + 1)) ;;
        esac
        i=$((i + 1))
    done
    before=$(wc -l <"$TMP/$policy.mail.log")
    # the last ones end by themselves
    status=0
    set_smtp connections 8
    wait "$first" || status=$?
    wait "$second" || status=$?
    kill "$reader"
    wait "$reader" 2>/dev/null || true
    is "$policy: the last runs end well" $status 0
    ok "$policy: the kills found their processes at work ($hit of $each)" test $((hit * 10)) -ge $((each * 9))
    ok "$policy: and before all mail had left ($before of $people)" test "$before" -lt "$people"
    n -q run
    later=$(date -d "+2 hours" '+%Y-%m-%d %H:%M')
    [ $policy = hold ] || NURTURE_NOW=$later n -q run
    ok "$policy: somebody opted out and somebody answered before their mail left" \
        test "$(sql "SELECT count(DISTINCT state) FROM message WHERE state IN ('suppressed', 'scheduled')")" = 2
    [ $policy = hold ] || limit=0
    oracle "$policy: $each kills, at most $limit in doubt" $limit "$TMP/$policy.mail.log"
    row 2 "$policy" "kills=$hit $figures doubt-limit=$limit"
    kill "$SINK_PID"
done
done_testing
