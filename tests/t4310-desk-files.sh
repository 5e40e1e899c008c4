#!/bin/sh
# t4310-desk-files.sh - the recruiters' pages follow the files in senders/ while
# they are served, and `nurture keys rotate` needs no restart
set -eu
# shellcheck source=tests/lib/serve.sh
. "$(dirname "$0")/lib/serve.sh"
echo 1..9
n=0
check() {
    n=$((n + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $n - $1"
    else
        printf 'not ok %d - %s\n#  got: %s\n# want: %s\n' "$n" "$1" "$2" "$3"
    fi
}

serve_workspace
"$NURTURE" -C "$work" serve --listen 127.0.0.1:0 --recruiters 127.0.0.1:0 \
    --once-ready-file "$work/ready" >"$work/out" 2>"$work/err" &
server=$!
serve_wait_lines "$work/ready" 1
base=$(cat "$work/ready")
serve_fixture
link=$("$NURTURE" -C "$work" login-link anna | grep -o 'http[^ ]*')
desk=${link%/login/*}
cookie=$(curl -s -o /dev/null -D - -X POST "$link" | tr -d '\r' |
    sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p' | head -1)
status() { curl -s -o /dev/null -w '%{http_code}' -b "$cookie" "$desk$1"; }
# wait_status PATH STATUS: within 20 s; the status there is
wait_status() {
    tries=0
    until [ "$(status "$1")" = "$2" ] || [ $tries = 200 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    status "$1"
}
check "a recruiter sees answers" "$(status /replies)" 200
sed -i 's/^name:/role: marketing\nname:/' "$work/senders/anna.md"
check "of another role since, she does not" "$(wait_status /replies 404)" 404
check "but the reports" "$(status /reports)" 200
cp "$work/nurture.yaml" "$work/nurture.yaml.good"
echo 'broken: [' >>"$work/nurture.yaml"
check "what cannot be read changes nothing" "$(wait_status /reports 200)" 200
mv "$work/nurture.yaml.good" "$work/nurture.yaml"

# Links of the old key and of the new one, at a server that had started before.
check "a key is added" "$("$NURTURE" -C "$work" --json keys rotate)" '{"schema":1,"newest":2}'
click() { curl -s -o /dev/null -w '%{http_code}' "$base/c/$1"; }
check "links of the old key lead where they did" "$(click "$(serve_token 1 1)")" 302
check "and so do those of the new one" "$(click "$(serve_token 1 1 2)")" 302
check "not those of a key that there is not" "$(click "$(sed 's/^2 /3 /' "$work/keys" >"$work/keys3"
    python3 "$(dirname "$0")/lib/webtoken.py" "$work/keys3" aebagbafaydqqcik 1 1 2 | sed 's/^I/M/')")" 404
rm -f "$work/senders/anna.md"
cat >"$work/senders/bea.md" <<END
---
name: Bea
email: bea@mail.kestrel.example
---

Bea
END
check "who has no file any more is out" "$(wait_status /reports 303)" 303
serve_stop
