#!/bin/sh
# t1340-log.sh - what happened away from mail and ATS, logged by hand
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

plan 35
export NURTURE_NOW="2026-03-03 09:00" SMTP_PORT=2525
workspace "$TMP/ws"
cd "$TMP/ws" || exit 1
printf 'email,first_name\nanna@example.org,Anna\nbo@example.org,Bo\n' >people.csv
"$NURTURE" -q candidates import people.csv --consent fair --at 2026-02-01 >/dev/null
log() { "$NURTURE" candidates log "$@"; }
sql() { sqlite3 -cmd ".timeout 5000" "$(find "$XDG_STATE_HOME" -name nurture.db)" "$1"; }
people_of() { "$NURTURE" candidates list --where "$1" --fields email | tr -d ' '; }

ok "a talk is logged" log anna@example.org met --at "2026-02-20 15:00" \
    --note "likes distributed systems; wants four days a week"
event=$(sed -n 's/.*--undo \([0-9]*\)/\1/p' "$TMP/out")
is "a segment sees it" "$(people_of 'met within 90d')" "anna@example.org"
is "and when it was" "$(people_of 'met within 5d')" ""
is "it is a sign of life" "$(people_of 'last_engaged within 30d')" "anna@example.org"
ok "a call as well" log anna@example.org contacted
is "contact is known" "$(people_of 'contacted within 1d and last_contacted within 1d')" \
    "anna@example.org"
"$NURTURE" candidates show anna@example.org >shown
is "the timeline says who, what and when" \
    "$(sed -n "s/ ($(id -un)), event [0-9]*/ (me)/; /^2026-02-20/p" shown)" \
    "2026-02-20 15:00 met  by hand (me): likes distributed systems; wants four days a week"
status_is "twice is refused" 1 log anna@example.org met --at "2026-02-20 15:00" \
    --note "likes distributed systems; wants four days a week"
status_is "a word that is none, too" 1 log anna@example.org mett
is "with the nearest" "$(head -c 60 "$TMP/err")" \
    "nurture: 'mett' cannot be logged, did you mean 'met'?; one o"
status_is "the future has not happened" 1 log bo@example.org met --at 2027-01-01
status_is "nobody is not found" 1 log nobody@example.org met
is "an access request has the note" \
    "$("$NURTURE" candidates show anna@example.org --json | grep -c 'four days a week')" 1
ok "it can be taken back" log --undo "$event"
is "a segment does not see it any more" "$(people_of 'met')" ""
is "and it is no sign of life" "$(people_of 'last_engaged is not missing')" ""
status_is "only what was logged by hand" 3 log --undo 99999
ok "a hire that no system knows" log bo@example.org hired --at 2026-03-01
hired=$(sed -n 's/.*--undo \([0-9]*\)/\1/p' "$TMP/out")
is "says what it does" "$(head -1 "$TMP/out")" "All their sequences have ended, and no campaign mails them."
why() { "$NURTURE" why "$1@example.org" | head -1 | tr -s ' '; }
is "and does it" "$(why bo)" "mail in general on hold (out of office, not now, cool-off): hired"
ok "taken back" log --undo "$hired"
is "mail may come again" "$(why bo | cut -c1-30)" "mail in general may be mailed"
ok "an application on paper" log bo@example.org applied --at 2026-03-01
is "holds for the cool-off" "$(why bo | cut -d';' -f1)" \
    "mail in general on hold (out of office, not now, cool-off): applied until 2026-05-30"
ok "until it has ended" log bo@example.org declined
is "then no longer" "$(why bo | cut -c1-30)" "mail in general may be mailed"
ok "an interview holds as well" log bo@example.org interviewed --at 2026-03-02
is "and says so" "$(why bo | cut -d';' -f1 | grep -o 'applied until.*')" "applied until 2026-05-31"
cat >news.jsonl <<'JSON'
{"type":"candidate","src":"ats","id":"1","emails":["bo@example.org"],"updated_at":"2026-03-03T08:00:00Z"}
{"type":"job","src":"ats","id":"j","title":"Baker","status":"open","updated_at":"2026-03-03T08:00:00Z"}
{"type":"application","src":"ats","id":"a","candidate_id":"1","job_id":"j","status":"active","stage_kind":"interview","reached":"interview","applied_at":"2026-03-01T09:00:00Z","updated_at":"2026-03-01T09:00:00Z"}
JSON
ok "older news of the ATS are taken" "$NURTURE" ats apply news.jsonl
is "and leave the hold" "$(sql "SELECT count(*) FROM hold WHERE kind = 'applied' AND lifted_at IS NULL")" 1
sed -i -e '3s/"active"/"withdrawn"/' -e '3s/"updated_at":"2026-03-01/"updated_at":"2026-03-03/' news.jsonl
ok "newer ones that it is over" "$NURTURE" ats apply news.jsonl
is "end it" "$(why bo | cut -c1-30)" "mail in general may be mailed"
ok "one of long ago holds nobody" log anna@example.org applied --at 2024-03-01
is "nor says so" "$(grep -c 'mails them' "$TMP/out")" 0
DB=$(find "$XDG_STATE_HOME" -name nurture.db)
is "the audit log keeps that it was there" "$(sqlite3 "$DB" \
    "SELECT detail FROM audit WHERE action = 'interaction undone' ORDER BY 1")" "hired
met"
done_testing
