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

# load NAME URL: requests per second and the 99th percentile, in $work/NAME
load() {
    "$WRK" -t1 -c64 -d"${seconds}s" --latency \
        -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0' \
        -H 'Accept-Language: en' "$2" >"$work/$1"
    ! grep -q 'Non-2xx' "$work/$1" || { cat "$work/$1" >&2; exit 1; }
}
rate() { sed -n 's/^Requests\/sec: *//p' "$work/$1"; }
requests() { sed -n 's/^ *\([0-9]*\) requests in.*/\1/p' "$work/$1"; }
p99() { sed -n 's/^ *99% *//p' "$work/$1"; }
resident() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$server/status"; }
cpu() { awk '{ print $14 + $15 }' "/proc/$1/stat"; } # clock ticks of all threads
worker=$(pgrep -P "$nginx_pid")
nginx_cpu=$(cpu "$worker")
load nginx "http://127.0.0.1:$port/o.gif"
nginx_cpu=$(($(cpu "$worker") - nginx_cpu))
pixel_cpu=$(cpu "$server")
load pixel "$pixel"
pixel_cpu=$(($(cpu "$server") - pixel_cpu))
early=$(resident)
# As many hits as are asked for, and the memory before and after them.
hits=${BENCH_HITS:-0}
: >"$work/long"
while [ "$(awk '{ n += $1 } END { print n + 0 }' "$work/long")" -lt "$hits" ]; do
    load more "$pixel"
    requests more >>"$work/long"
done
late=$(resident)
serve_stop
answered=$(($(requests pixel) + $(awk '{ n += $1 } END { print n + 0 }' "$work/long")))
stored=$(sqlite3 "$work/nurture.db" "SELECT count(*) FROM event WHERE kind = 'opened'")
[ "$stored" -ge "$answered" ] || { echo "bench-serve: $answered answered, $stored stored" >&2; exit 1; }
echo "nginx-empty-gif $(rate nginx) requests/s"
echo "nginx-empty-gif-p99 $(p99 nginx)"
echo "pixel-durable $(rate pixel) requests/s"
echo "pixel-durable-p99 $(p99 pixel)"
echo "pixel-memory $early kB, $late kB after $answered hits"
awk -v a="$pixel_cpu" -v n="$(requests pixel)" -v b="$nginx_cpu" -v m="$(requests nginx)" 'BEGIN {
    t = 1000000 / '"$(getconf CLK_TCK)"'
    printf "pixel-durable-cpu %.1f us/request\nnginx-empty-gif-cpu %.1f us/request\n", a * t / n, b * t / m }'
awk -v a="$(rate pixel)" -v b="$(rate nginx)" 'BEGIN { printf "pixel-durable/nginx-empty-gif %.2f a/b\n", a / b }'
