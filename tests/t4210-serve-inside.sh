#!/bin/sh
# t4210-serve-inside.sh - limits by address, metrics, and the service manager
set -eu
# shellcheck source=tests/lib/serve.sh
. "$(dirname "$0")/lib/serve.sh"

number=0
check() { # NAME GOT WANT
    number=$((number + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '%s\n' "$2" | sed 's/^/#  got: /'
        printf '%s\n' "$3" | sed 's/^/# want: /'
    fi
}

echo 1..13
serve_workspace
serve_start
serve_stop
serve_fixture

# As systemd starts it: a listening socket as descriptor 3, a notify socket.
cat >"$work/manager.py" <<'END'
import os, socket, sys
work, program = sys.argv[1], sys.argv[2:]
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(work + "/notify")
public = socket.socket()
public.bind(("127.0.0.1", 0))
public.listen(16)
free = socket.socket()
free.bind(("127.0.0.1", 0))
inside = free.getsockname()[1]
free.close()
pid = os.fork()
if pid == 0:
    fd = os.dup(public.fileno())
    os.dup2(fd, 3)
    os.set_inheritable(3, True)
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()),
                      NOTIFY_SOCKET=work + "/notify", WATCHDOG_USEC="100000",
                      WATCHDOG_PID=str(os.getpid()))
    os.execv(program[0], program + ["--metrics", "127.0.0.1:%d" % inside])
public_port = public.getsockname()[1]
public.close()
said = open(work + "/said", "w", buffering=1)
first = True
while True:
    line = notify.recv(100).decode()
    said.write(line + "\n")
    if first:
        open(work + "/ports", "w").write("%d %d %d\n" % (public_port, inside, pid))
        first = False
    if line == "STOPPING=1":
        break
status = os.waitpid(pid, 0)[1]
said.write("status %d\n" % status)
END
python3 "$work/manager.py" "$work" "$NURTURE" -C "$work" serve --limit 1 >"$work/out" 2>"$work/err" &
server=$!
serve_wait_lines "$work/ports" 1 || { sed 's/^/# /' "$work/err"; kill "$server"; exit 1; }
read -r port inside pid <"$work/ports"
base=http://127.0.0.1:$port
click=$(serve_token 1 1)
out=$(serve_token 3 0)
agent='Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0'
codes() { # COUNT ADDRESS PATH [OPTION..]
    many=$1
    from=$2
    to=$3
    shift 3
    curl -s -o /dev/null -w '%{http_code}\n' -A "$agent" -H 'Accept-Language: en' \
        -H "X-Forwarded-For: $from" "$@" "$base$to?n=[1-$many]" | sort | uniq -c | tr -s ' '
}

check "the socket of the service manager is served" \
    "$(curl -s "$base/health")" ok
codes 60 203.0.113.9 "/c/$click" >"$work/codes"
check "one address is served at first" \
    "$(awk '$2 == 302 && $1 >= 10' "$work/codes" | wc -l)" 1
check "and then told to wait" "$(awk '$2 == 429 && $1 >= 10' "$work/codes" | wc -l)" 1
check "and nothing else" "$(awk '{n += $1} END {print n, NR}' "$work/codes")" "60 2"
# Another one would have ten at once; this one is given one a second.
codes 10 "198.51.100.1, 203.0.113.9" "/c/$click" >>"$work/codes"
check "its own claim to be another does not help" \
    "$(awk '$2 == 429 {n++} END {print n}' "$work/codes")" 2
codes 1 203.0.113.10 "/c/$click" >>"$work/codes"
check "another address is served" "$(tail -1 "$work/codes")" " 1 302"
check "somebody limited still opts out" \
    "$(codes 40 203.0.113.9 "/u/$out" -d List-Unsubscribe=One-Click)" " 40 200"
# What is answered is in the log, and within a moment in the store.
wanted=$(awk '$2 == 302 {n += $1} END {print n}' "$work/codes") tries=0
clicks() { sqlite3 "$work/nurture.db" "SELECT count(*) FROM event WHERE kind = 'clicked'"; }
until [ "$(clicks)" = "$wanted" ] || [ $tries = 400 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
curl -s "http://127.0.0.1:$inside/metrics" >"$work/metrics"
check "the opt-out is counted" \
    "$(grep '^nurture_opt_outs_total' "$work/metrics")" \
    'nurture_opt_outs_total{reason="opted_out"} 1'
check "and each click, once" \
    "$(grep 'events_total{kind="clicked"' "$work/metrics" | awk '{n += $2} END {print n}')" "$wanted"
check "and nobody is named" \
    "$(grep -c 'kim\|example\|aebagbafaydqqcik\|hmac1' "$work/metrics" || true)" 0
check "the public address has no metrics" \
    "$(curl -s -o /dev/null -w '%{http_code}' "$base/metrics")" 404
serve_wait_lines "$work/said" 3
kill -TERM "$pid"
wait "$server" || true
server=
check "the service manager hears of it" \
    "$(uniq "$work/said" | tr '\n' ' ')" "READY=1 WATCHDOG=1 STOPPING=1 status 0 "
got=0
"$NURTURE" -C "$work" serve --metrics 0.0.0.0:0 >/dev/null 2>&1 || got=$?
check "metrics are for this machine alone" "$got" 2
