#!/bin/sh
# serve.sh - nurture's pixel, each hit durable, beside nginx's empty_gif in the
# same run, one worker each: `name value unit` a line
#
# wrk and nginx are taken from PATH, WRK= and NGINX=, or unpacked by hand;
# without them there is nothing to compare with.
set -eu
cd "$(dirname "$0")/../.."
: "${NURTURE:=$PWD/build/nurture}"
WRK=${WRK:-$(command -v wrk || true)}
NGINX=${NGINX:-$(PATH="$PATH:/usr/sbin" command -v nginx || true)}
seconds=${BENCH_SECONDS:-5}
[ -n "$WRK" ] && [ -n "$NGINX" ] || { echo "bench-serve: skipped, wrk or nginx is missing (apt install wrk nginx)"; exit 0; }

TESTS=$PWD/tests
# shellcheck source=tests/lib/serve.sh
. tests/lib/serve.sh

nginx_pid=
stop_all() {
    [ -z "$nginx_pid" ] || kill "$nginx_pid" 2>/dev/null || true
    serve_clean
}
trap stop_all EXIT

serve_workspace
printf '  opens: consented\n' >>"$work/nurture.yaml"
serve_start
serve_stop
serve_fixture
sqlite3 "$work/nurture.db" "INSERT INTO consent (candidate_id, purpose, state, at)
  VALUES (1, 'open_tracking', 'given', 1)"
port=$((20000 + $$ % 20000))
cat >"$work/nginx.conf" <<END
worker_processes 1;
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.err;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path $work/t1; proxy_temp_path $work/t2;
    fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
    server { listen 127.0.0.1:$port; location / { empty_gif; } }
}
END
env -u NGINX "$NGINX" -c "$work/nginx.conf" -e "$work/nginx.err" -p "$work" &
nginx_pid=$!
serve_wait_lines "$work/nginx.pid" 1
serve_start
pixel=$base/o/$(serve_token 2 0).gif

agent='Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0'

# load NAME URL: requests per second and the 99th percentile, in $work/NAME
load() {
    "$WRK" -t1 -c64 -d"${seconds}s" --latency -H "User-Agent: $agent" \
        -H 'Accept-Language: en' "$2" >"$work/$1"
    ! grep -q 'Non-2xx' "$work/$1" || { cat "$work/$1" >&2; exit 1; }
}
rate() { sed -n 's/^Requests\/sec: *//p' "$work/$1"; }
requests() { sed -n 's/^ *\([0-9]*\) requests in.*/\1/p' "$work/$1"; }
resident() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$server/status"; }
# Clock ticks of a process's threads: all but those that are called so.
cpu() {
    for task in "/proc/$1"/task/*; do
        [ "$(cat "$task/comm")" = "${2:-}" ] || cat "$task/stat"
    done | awk '{ n += $14 + $15 } END { print n + 0 }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
worker=$(pgrep -P "$nginx_pid")
answered=0

# Until all that was answered is in the store, so that what comes next has the
# machine to itself. The events of this database are our hits.
recorded() {
    until [ "$(sqlite3 "$work/nurture.db" 'SELECT coalesce(max(event_id), 0) FROM event')" -ge "$answered" ]; do
        sleep 0.2
    done
}

# 1. The rates, in turns; what recording costs is told apart from answering,
# and comes after it.
: >"$work/rounds"
for _ in 1 2 3; do
    a=$(cpu "$worker")
    load nginx "http://127.0.0.1:$port/o.gif"
    b=$(cpu "$worker")
    c=$(cpu "$server" ingest) d=$(cpu "$server")
    load pixel "$pixel"
    answered=$((answered + $(requests pixel)))
    recorded
    e=$(cpu "$server" ingest) f=$(cpu "$server")
    echo "$(rate nginx) $(requests nginx) $((b - a)) $(rate pixel) $(requests pixel) $((e - c)) $((f - d - e + c))" >>"$work/rounds"
done
awk '{ print $1 }' "$work/rounds" | median | sed 's/.*/nginx-empty-gif & requests\/s/'
awk '{ print $4 }' "$work/rounds" | median | sed 's/.*/pixel-durable & requests\/s/'
awk '{ printf "%.2f\n", $4 / $1 }' "$work/rounds" | median | sed 's/.*/pixel-durable\/nginx-empty-gif & a\/b/'
awk -v t="$(getconf CLK_TCK)" '{ n += $2; a += $3; m += $5; b += $6; c += $7 } END {
    u = 1000000 / t
    printf "nginx-empty-gif-cpu %.1f us/request\npixel-answering-cpu %.1f us/request\n", a * u / n, b * u / m
    printf "pixel-recording-cpu %.1f us/request\n", c * u / m
    printf "nginx-cpu/pixel-answering-cpu %.2f a/b\n", a / n / (b / m) }' "$work/rounds"

# 2. How long an answer takes at half of that rate, counted from when it was due.
half=$(awk '{ print $4 }' "$work/rounds" | median | awk '{ print int($1 / 2 / 32) }')
# at_half NAME URL: so many requests a second on 32 connections, and their times
at_half() {
    rm -f "$work/half"
    h2load --h1 -c32 -t1 -D"$seconds" --rps="$half" --log-file="$work/half" \
        -H "User-Agent: $agent" -H 'Accept-Language: en' "$2" >/dev/null
    awk '$2 == 200 { print $3 }' "$work/half" | sort -n >"$work/times"
    awk -v n="$1" -v r=$((half * 32)) '{ v[NR] = $1 } END {
        printf "%s-half-load-p50 %.2f ms\n", n, v[int(NR * 0.5) + 1] / 1000
        printf "%s-half-load-p99 %.2f ms at %d requests/s\n", n, v[int(NR * 0.99) + 1] / 1000, r }' "$work/times"
}
if command -v h2load >/dev/null; then
    at_half nginx-empty-gif "http://127.0.0.1:$port/o.gif"
    at_half pixel "$pixel"
    answered=$((answered + $(wc -l <"$work/times")))
    recorded
else
    echo "half-load skipped: h2load is missing (apt install nghttp2-client)"
fi

# 3. Memory, before and after very many hits (10000000 is a long run), and the
# rate at which they are answered and recorded.
hits=${BENCH_HITS:-200000}
early=$(resident) more=0 begun=$(date +%s%N)
while [ "$more" -lt "$hits" ]; do
    load more "$pixel"
    more=$((more + $(requests more)))
done
echo "pixel-memory $early kB, $(resident) kB after $more hits more"
answered=$((answered + more))
recorded
awk -v n="$more" -v t="$(($(date +%s%N) - begun))" 'BEGIN {
    printf "pixel-recorded %.0f requests/s\n", n / t * 1e9 }'

# 4. Each of them is in the store.
serve_stop
stored=$(sqlite3 "$work/nurture.db" "SELECT count(*) FROM event WHERE kind = 'opened'")
echo "answered $answered, stored $stored"
[ "$stored" -ge "$answered" ] || exit 1
