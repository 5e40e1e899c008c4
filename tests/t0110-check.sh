#!/bin/sh
# t0110-check.sh - check's paths and forms, its fixes, fmt, and the watch
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

plan 43
export NURTURE_NOW="2026-02-16 09:00"
cases=$tests/diagnostics
fresh() { # CODE..: $TMP/ws is the common workspace with these laid over it
    rm -rf "$TMP/ws"
    cp -R "$cases/base" "$TMP/ws"
    for code in "$@"; do cp -R "$cases/$code/in/." "$TMP/ws"; done
    cd "$TMP/ws" || exit 1
}
codes() { grep -o '\[[EWN][0-9]*\]' "$TMP/err" | tr -d '[]' | tr '\n' ' '; }

# What is checked
fresh E203 E304 E508
mkdir drafts
printf -- '---\nsubject: Hello\npreheader: A talk\n---\nHi {{ }}\n' >drafts/a.md
status_is "everything" 1 "$NURTURE" check
is "has the problems of all files but the drafts" "$(codes)" "E508 E304 E203 "
status_is "a mail" 1 "$NURTURE" check campaigns/news.md
is "has its own problems only" "$(codes)" "E203 "
status_is "a segment" 1 "$NURTURE" check segments/some.seg
is "too" "$(codes)" "E304 "
status_is "a sender" 1 "$NURTURE" check senders/anna.md
is "too" "$(codes)" "E508 "
status_is "a draft outside of campaigns/" 1 "$NURTURE" check drafts/a.md
is "too" "$(codes)" "E202 "
status_is "two at once" 1 "$NURTURE" check drafts segments/some.seg
is "have the problems of both" "$(codes)" "E304 "
status_is "nurture.yaml" 0 "$NURTURE" check nurture.yaml
status_is "paths count from -C" 1 "$NURTURE" -C drafts check a.md
is "and are shown from the workspace" "$(head -1 "$TMP/err" | cut -d: -f1)" "drafts/a.md"
status_is "what is not there" 1 "$NURTURE" check nwes

is "is named, with the nearest" "$(sed -n 1p "$TMP/err")" \
    "nurture: there is no campaign 'nwes'; did you mean 'news'?"
# One fault, one report
fresh
printf 'fields:\n  - name: level\n    type: choice\n    values: low, high\n' >fields.yaml
echo 'level >= low' >segments/some.seg
status_is "a field with a fault" 1 "$NURTURE" check
is "is not unknown to those who use it" "$(codes)" "E111 "
mkdir tests
printf 'personas:\n  - id: a\n    email: a@example.org\n    firstname: A\n    country: Germany?\n' >tests/personas.yaml
printf 'fields: []\n' >fields.yaml
rm segments/some.seg
status_is "an invented person is checked" 1 "$NURTURE" check
is "by the fields there are" "$(codes)" "E203 E111 "
fresh E608
sed -i 's/welcom$/welcome.md/' campaigns/intro/campaign.md
ok "a mail named with .md is mended" "$NURTURE" check --fix intro
printf '\211PNG\r\n\032\n\0\0' >campaigns/news.md
"$NURTURE" check news 2>"$TMP/err" || true
ok "a picture is no text of Windows" grep -q 'this is no text' "$TMP/err"
fresh E624
mkdir -p roles
printf -- '---\ncity: Berlin\n---\nA job.\n' >roles/berlin.md
"$NURTURE" check 2>"$TMP/err" || true
is "what a role lacks is said once" "$(grep -c 'this role has no title' "$TMP/err")" 1
fresh
sed -i '/^languages:/d' nurture.yaml
echo 'languages: en, de' >>nurture.yaml
"$NURTURE" check 2>"$TMP/err" || true
ok "two languages without brackets are none" grep -q "'en, de' is not a language" "$TMP/err"
fresh E203 E304 E508
status_is "an unknown form" 2 "$NURTURE" check --format xml

# Forms and severity
status_is "for GitHub" 1 "$NURTURE" check --format github campaigns/news.md
is "one command a problem" "$(cut -d, -f1-2 "$TMP/out")" \
    "::error file=campaigns/news.md,line=7"
"$NURTURE" check --format json campaigns/news.md >"$TMP/a" || true
"$NURTURE" --json check campaigns/news.md >"$TMP/b" || true
ok "--json and --format json are the same" cmp "$TMP/a" "$TMP/b"
ok "and JSON" python3 -c "import json; [json.loads(l)['fix'] for l in open('$TMP/a')]"
fresh W402
status_is "a warning is no failure" 0 "$NURTURE" check
status_is "unless it is asked for" 1 "$NURTURE" check --strict

fresh W503
mkdir tests
printf 'personas:\n  - id: ada\n    email: ada@example.org\n    job_title: %s\n' \
    "Principal Engineer for Storage, Reliability and Rain" >tests/personas.yaml
"$NURTURE" check 2>"$TMP/err"
is "a subject is measured for the invented people" \
    "$(grep -o 'up to [0-9]*\|longest for [a-z]*' "$TMP/err")" "up to 82
longest for ada"

# Fixes
fresh E113 E304
status_is "--fix mends what a program can" 0 "$NURTURE" check --fix
is "and nothing is left" "$(tail -1 "$TMP/err")" "Everything is correct."
for dir in "$cases"/[ENW][0-9]*; do
    code=$(basename "$dir")
    [ -d "$dir/in" ] || continue
    fresh "$code"
    "$NURTURE" -q check --fix >/dev/null 2>&1 || true
    cp -R . "$TMP/once"
    "$NURTURE" -q check --fix >/dev/null 2>&1 || true
    diff -r . "$TMP/once" >/dev/null || echo "$code"
    "$NURTURE" fmt >/dev/null 2>&1
    "$NURTURE" fmt --check 2>&1 | sed "s/^/$code fmt /"
    rm -rf "$TMP/once"
done >"$TMP/unsteady"
is "fixing and formatting twice is once, for every fixture" "$(cat "$TMP/unsteady")" ""

# fmt
fresh E001
status_is "fmt leaves what it cannot read" 0 "$NURTURE" fmt --check
status_is "and recodes when told from what" 0 "$NURTURE" fmt --from windows-1252 campaigns/news.md
is "to UTF-8" "$(tail -1 campaigns/news.md)" "Grüß dich."
chmod 600 campaigns/news.md
printf 'more\r\n' >>campaigns/news.md
is "it names what it changes, keeps the mode" \
    "$("$NURTURE" fmt; stat -c %a campaigns/news.md)" "campaigns/news.md
600"

# The watch
fresh
: >"$TMP/seen"
"$NURTURE" check --watch 2>"$TMP/seen" &
watcher=$!
pids="$pids $watcher"
wait_lines() { # N: until so many checks are done
    i=0
    while [ "$(grep -c 'Waiting for a file' "$TMP/seen")" -lt "$1" ] && [ $i -lt 400 ]; do
        sleep 0.05
        i=$((i + 1))
    done
}
wait_lines 1
printf 'Hi {{ frist_name or "x" }}\n' >>campaigns/news.md
wait_lines 2
ok "the watch sees a save" grep -q 'E203' "$TMP/seen"
kill -INT $watcher
status=0
wait $watcher || status=$?
is "and ends when interrupted, with the last answer" "$status" 1

# Links: a server of our own, on loopback
python3 - "$TMP/port" <<'PY' &
import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response({"/good": 200, "/gone": 410, "/moved": 302,
                            "/only-get": 405, "/shy": 401}.get(self.path, 404))
        self.end_headers()
    def do_GET(self):
        self.send_response(200 if self.path == "/only-get" else 404)
        self.end_headers()
    def log_message(self, *a): pass
s = http.server.HTTPServer(("127.0.0.1", 0), H)
open(sys.argv[1], "w").write("%d\n" % s.server_port)
s.serve_forever()
PY
pids="$pids $!"
wait_for "$TMP/port"
read -r port <"$TMP/port"
fresh
for path in good gone moved only-get shy not-there 'x?a={{ token }}'; do
    printf '\n[What we wrote about %s](http://127.0.0.1:%s/%s).\n' "$path" "$port" "$path"
done >>campaigns/news.md
sed -i 's|(https://kestrel.example/queue)||' campaigns/news.md
"$NURTURE" check --links 2>"$TMP/err" || true
is "links that are dead, and no others" \
    "$(grep -o '/[a-z-]* answered [0-9]*' "$TMP/err")" "/gone answered 410
/not-there answered 404"
done_testing
