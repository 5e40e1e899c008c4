#!/bin/sh
# t2200-preview.sh - a mail as somebody would read it, in the terminal and in
# the browser
. "$(dirname "$0")/lib/lib.sh"
plan 31
"$NURTURE" --no-input -q init "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
has() { # NAME PATTERN COMMAND...
    name=$1
    pattern=$2
    shift 2
    "$@" >"$TMP/out" 2>&1 || true
    if grep -q -- "$pattern" "$TMP/out"; then report 0 "$name"; else report 1 "$name"; sed 's/^/# /' "$TMP/out" | head -20; fi
}

has "nobody shows the fallbacks" "^Subject: Hello, a note" n preview backend-nurture --variant a
has "a persona needs no database" "^Subject: Anna, ein Gru" n preview backend-nurture --as anna
status_is "an unknown person is an error" 1 n preview backend-nurture --as nosuch@example.org
ok "and nothing is created" test ! -e "$TMP/state/nurture/ws/nurture.db"
has "a variant can be chosen" "variant b" n preview backend-nurture --as blank --variant b
status_is "an unknown variant is an error" 1 n preview backend-nurture --as blank --variant z
n preview backend-nurture --story >"$TMP/story"
is "a story has all mails in order" "$(sed -n 's/^======== //p' "$TMP/story")" "1. welcome
2. team  +4 business days
3. salary  +14 days  if seniority >= senior
4. check-in  +14 days  if not clicked in backend-nurture"

cat >"$TMP/p.csv" <<'C'
email,first_name,last_name,city,seniority,interest,open_to_work,consent_at,consent_source
a@example.org,Anna,Berg,Berlin,senior,backend;sre,no,2026-01-05,you met us at a fair
m@example.org,Maximiliane,Featherstonehaugh,Garmisch-Partenkirchen,senior,backend,no,2026-01-05,you met us at a fair
e@example.org,,,,senior,backend,no,2026-01-05,you met us at a fair
C
n candidates import "$TMP/p.csv" >/dev/null 2>&1
has "emptiest is who has least" "^To: e@example.org" n preview backend-nurture/team --as emptiest
has "longest is who needs most room" "^To: m@example.org" n preview backend-nurture/team --as longest
has "random is somebody of the audience" "^To: [ame]@example.org" n preview backend-nurture/team --as random
has "the reason is the person's own" "because you met us at a fair" n preview backend-nurture/team --as a@example.org

# a draft
n new newsletter hello >/dev/null
status_is "a draft can be looked at, though it has errors" 1 n preview hello
has "its words are there" "^TBD: the one thing" n preview hello
ok "its errors are beside it" grep -q "hello.md:6:10: error\[E417\]" "$TMP/err"
sed -i 's/| first_word or "there"//' "$TMP/ws/campaigns/hello.md"
status_is "a missing fallback reads as nothing" 1 n preview hello
has "so it can be seen" "^Hi ,$" n preview hello
status_is "a tag that cannot be understood must be mended first" 1 sh -c 'echo "{{ frist_name }}" >>"$TMP/ws/campaigns/hello.md"; "$NURTURE" -C "$TMP/ws" preview hello'
is "and nothing is shown" "$(cat "$TMP/out")" ""
sed -i '$d' "$TMP/ws/campaigns/hello.md"
status_is "it cannot be sent to anybody, not even as a test" 1 n test hello --to me@example.org
ok "for its placeholders" grep -q "E417" "$TMP/err"

# the page
status_is "the page stays on this computer" 2 n preview backend-nurture --serve --listen 0.0.0.0:0
: >"$TMP/url"
background "$NURTURE" -C "$TMP/ws" preview backend-nurture --serve --listen 127.0.0.1:0 >"$TMP/url"
wait_for "$TMP/url"
url=$(sed -n 's/^Preview at \([^ ]*\) .*/\1/p' "$TMP/url")
get() { curl -s --max-time 10 "$@"; }
has "the page shows the inbox line" "Anna, ein Gru" get "$url?as=anna"
has "and both widths" 'class="phone".*class="desktop"' get "$url?as=anna"
has "and links to the other people" 'as=emptiest' get "$url?as=anna"
has "the mail is in a sandbox" "^Content-Security-Policy:.*sandbox" get -D - -o /dev/null "${url}mail?as=anna"
has "dark is dark whatever the computer says" "@media all" get "${url}mail?theme=dark"
has "and light is light" "@media not all" get "${url}mail?theme=light"
status=$(get -o /dev/null -w '%{http_code}' -H "Host: evil.example" "$url")
is "another host's name is refused" "$status" "403"
has "no file but images is served" "40[04]" get -o /dev/null -w '%{http_code}' "${url}image/..%2fnurture.yaml"
before=$(get "${url}stamp")
sed -i 's/^subject: .*/subject: "{{ frist_name }}"/' "$TMP/ws/campaigns/backend-nurture/team.md"
after=$(get "${url}stamp")
ok "saving a file changes the stamp" test "$before" != "$after"
has "an error is shown on the page" "did you mean" get "$url?mail=team"
done_testing
