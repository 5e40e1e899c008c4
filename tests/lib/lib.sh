# lib.sh - for tests/t*.sh: TAP, a scratch directory, the program, a sink
#
#   . "$(dirname "$0")/lib/lib.sh"
#   plan 3
#   is "what it should be" "$got" "$want"
#   ok "what holds" command...
#   skip_all "why"
#
# $NURTURE is the program, $TMP a directory of this test's own; processes that
# are started with `background` end with the test. Nothing leaves loopback.
# shellcheck shell=sh
set -eu
tests=${TESTS:-$(cd "$(dirname "$0")" && pwd)}
NURTURE=${NURTURE:-$tests/../build/nurture}
TMP=$(mktemp -d)
export NURTURE TMP
export XDG_STATE_HOME="$TMP/state" HOME="$TMP" TZ=UTC NO_COLOR=1
number=0
failed=0
pids=

cleanup() {
    for p in $pids; do kill "$p" 2>/dev/null || true; done
    for p in $pids; do wait "$p" 2>/dev/null || true; done
    rm -rf "$TMP"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

plan() { echo "1..$1"; }
skip_all() { echo "1..0 # SKIP $1"; exit 0; }
report() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        failed=1
        echo "not ok $number - $2"
    fi
}
is() { # NAME GOT WANT
    if [ "$2" = "$3" ]; then
        report 0 "$1"
    else
        report 1 "$1"
        printf '%s\n' "$2" | sed 's/^/#  got: /'
        printf '%s\n' "$3" | sed 's/^/# want: /'
    fi
}
ok() { # NAME COMMAND...
    name=$1
    shift
    if "$@" >"$TMP/out" 2>&1; then
        report 0 "$name"
    else
        report 1 "$name"
        tail -30 "$TMP/out" | sed 's/^/# /'
    fi
}
status_is() { # NAME STATUS COMMAND...
    name=$1
    want=$2
    shift 2
    got=0
    "$@" >"$TMP/out" 2>"$TMP/err" || got=$?
    is "$name" "$got" "$want"
}
background() { # COMMAND... (its pid is in $!)
    "$@" &
    pids="$pids $!"
}
# wait_for FILE: at most 20 s
wait_for() {
    i=0
    while [ ! -s "$1" ] && [ $i -lt 400 ]; do
        sleep 0.05
        i=$((i + 1))
    done
    [ -s "$1" ]
}
# start_sink DIR [OPTION..]: sets $SMTP_PORT; mail in DIR, log in DIR.log
start_sink() {
    dir=$1
    shift
    : >"$dir.port"
    background "$NURTURE" sink --listen 127.0.0.1:0 --store "$dir" --log "$dir.log" "$@" >"$dir.port"
    SINK_PID=$!
    wait_for "$dir.port"
    SMTP_PORT=$(sed -n 's/listening on port //p' "$dir.port")
}
# workspace DIR: an example workspace whose mail goes to $SMTP_PORT
workspace() {
    "$NURTURE" --no-input -q init "$1"
    sed -i -e "s/host: smtp.kestrel.example/host: 127.0.0.1/" \
        -e "s/port: 587/port: $SMTP_PORT/" -e "s/tls: required/tls: off/" \
        -e "/user: nurture/d" -e "/password_from/d" \
        -e "s/rate: 20 per minute/rate: 60000 per minute/" \
        -e "s/window: Mon-Fri 08:30-17:30 recipient/window: always/" "$1/nurture.yaml"
    sed -i "/send_window/d" "$1/campaigns/backend-nurture/campaign.md"
    DB=$(find "$XDG_STATE_HOME" -name nurture.db | head -1)
    sed -i "s/status: draft/status: ready/" "$1/campaigns/engineering-update.md" \
        "$1/campaigns/backend-nurture/campaign.md"
}
# news NAME SETTING..: a newsletter for everyone, in the workspace $TMP/ws
news() { # NAME SETTING..
    file=$TMP/ws/campaigns/$1.md
    {
        printf -- '---\nname: %s\nstatus: ready\nsubject: News of %s\npreheader: A line that adds to it.\naudience: everyone\nfrom: talent-team\n' "$1" "$1"
        shift
        printf '%s\n' "$@"
        printf -- '---\nHi {{ first_name or "there" }},\n\nsome words about our work, and nothing more than that.\n'
    } >"$file"
}
# people N: a CSV of N candidates who may all be mailed
people() {
    echo "email,first_name,last_name,country,seniority,interest,open_to_work,consent_at,consent_source"
    i=1
    while [ $i -le "$1" ]; do
        echo "p$i@example.org,Anna,Berg,DE,senior,backend;sre,no,2026-01-05,you joined our talent community"
        i=$((i + 1))
    done
}
# days FIRST N: that many dates, one after another
days() { python3 -c 'import datetime as d, sys
for i in range(int(sys.argv[2])): print(d.date.fromisoformat(sys.argv[1]) + d.timedelta(i))' "$@"; }
done_testing() { exit $failed; }
