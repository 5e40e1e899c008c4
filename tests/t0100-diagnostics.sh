#!/bin/sh
# t0100-diagnostics.sh - every problem that can be reported, as its author sees it
#
# tests/diagnostics/CODE/in is laid over base/; the last line of `cmd` is the
# command, those before it prepare the workspace. `expected` is what a person
# reads, expected.json what a program does. UPDATE=1 writes both anew: read
# them then as an author would. $1: only codes that match this pattern.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

cases=$tests/diagnostics
only=${1:-*}
export NURTURE_NOW="2026-02-16 09:00" GIT_CONFIG_GLOBAL=/dev/null
export GIT_CONFIG_NOSYSTEM=1
mkdir "$TMP/bin"
ln -s "$(realpath "$NURTURE")" "$TMP/bin/nurture"
PATH=$TMP/bin:$PATH

# For the setup lines of 'nurture doctor': servers that end with the case.
cat >"$TMP/bin/with" <<'SH'
#!/bin/sh
# with zone | with smtp OPTION.. | with held FILE: the port is in ./port
set -eu
what=$1
shift
case $what in
zone) set -- python3 "$TESTS/lib/dns-server.py" zone port ;;
smtp) set -- python3 "$TESTS/lib/tls-smtp.py" port smtp.log cert.pem key.pem "$@" ;;
held) set -- flock -n "$1" sh -c 'echo held >port; exec sleep 600' ;;
esac
"$@" >/dev/null 2>&1 &
echo $! >>"$TMP/servers"
i=0
while [ ! -s port ] && [ $i -lt 400 ]; do
    sleep 0.05
    i=$((i + 1))
done
[ ! -e nurture.yaml ] || sed -i "s/port: here/port: $(cat port)/" nurture.yaml
SH
chmod 755 "$TMP/bin/with"
export TESTS="$tests"
end_servers() {
    [ ! -e "$TMP/servers" ] || while read -r p; do kill "$p" 2>/dev/null || true; done <"$TMP/servers"
    rm -f "$TMP/servers"
}

"$NURTURE" explain | cut -c 1-4 >"$TMP/codes"
for dir in "$cases"/[ENW][0-9]*; do
    basename "$dir"
done | sort >"$TMP/have"

# The sets: there is a fixture for each code; every code has a page, and is
# written somewhere in the sources.
sort "$TMP/codes" >"$TMP/wanted"
count=0
for code in $(cat "$TMP/have"); do
    # shellcheck disable=SC2254
    case $code in $only) count=$((count + 1)) ;; esac
done
plan $((count * 3 + 3))
is "every code has a fixture, and every fixture a code" \
    "$(cat "$TMP/have")" "$(cat "$TMP/wanted")"
is "every code has a page" "$(while read -r code; do
    "$NURTURE" explain "$code" | grep -q "^$code" || echo "$code"
done <"$TMP/codes")" ""
(cd "$tests/.." && grep -hoE '"[ENW][0-9]{3}["":]' core/*.c templates/*.c \
    campaigns/*.c cli/*.c tracking/*.c mta/*.c) | tr -d '":' | sort -u >"$TMP/used"
is "the program reports all of them and no others" "$(cat "$TMP/used")" "$(cat "$TMP/wanted")"

run_case() { # CODE [OPTION]: stdout and stderr in $TMP/out and $TMP/err
    rm -rf "$TMP/ws" "$TMP/state"
    mkdir "$TMP/ws"
    cp -R "$cases/base/." "$TMP/ws"
    [ ! -d "$cases/$1/in" ] || cp -R "$cases/$1/in/." "$TMP/ws"
    sed '$d' "$cases/$1/cmd" >"$TMP/setup"
    sed -n '$p' "$cases/$1/cmd" | sed "s/nurture/nurture $2/" >"$TMP/last"
    (cd "$TMP/ws" && sh -e "$TMP/setup" >"$TMP/setup.out" 2>&1) ||
        sed 's/^/# setup: /' "$TMP/setup.out"
    status=0
    (cd "$TMP/ws" && sh "$TMP/last") >"$TMP/out" 2>"$TMP/err" </dev/null || status=$?
    end_servers
    # what differs from day to day
    sed -i -e "s|$TMP|TMP|g" -e "s/:$(cat "$TMP/ws/port" 2>/dev/null || echo PORT)\\>/:PORT/g" \
        -e 's/only [0-9,]* MB/only N MB/' \
        -e 's/expires on [0-9-]*/expires on DATE/' "$TMP/out" "$TMP/err"
}
golden() { # NAME GOT FILE
    if [ "${UPDATE:-}" ]; then cp "$2" "$3"; fi
    is "$1" "$(cat "$2")" "$(cat "$3" 2>/dev/null)"
}
for dir in "$cases"/[ENW][0-9]*; do
    code=$(basename "$dir")
    # shellcheck disable=SC2254
    case $code in $only) ;; *) continue ;; esac
    run_case "$code" ""
    golden "$code for people" "$TMP/err" "$dir/expected"
    case $code in
    E709 | E710) want=3 ;;
    E*) want=1 ;;
    *) want=0 ;;
    esac
    grep -q "\[$code\]" "$TMP/err" || want="$status and $code"
    is "$code ends with the right status" "$status" "$want"
    run_case "$code" --json
    # A line each, or all of them in a plan.
    sed -n -e '/^{"code"/p' -e 's/^{"schema".*"problems":\[\(.*\)\]}$/\1/p' "$TMP/out" |
        sed 's/},{"code"/}\n{"code"/g' >"$TMP/json"
    golden "$code for programs" "$TMP/json" "$dir/expected.json"
done
end_servers
done_testing
