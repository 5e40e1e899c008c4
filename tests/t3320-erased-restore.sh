#!/bin/sh
# t3320-erased-restore.sh - an older copy of the database does not bring back
# whom it knows and who has been erased since
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

plan 28
export SMTP_PORT=9 NURTURE_NOW="2026-03-03 09:00"
workspace "$TMP/ws"
cd "$TMP/ws" || exit 1
cat >people.csv <<'CSV'
email,first_name,last_name,interest
quetzal@example.org,Xochitl,Quetzalcoatl,backend
bo@example.org,Bo,Berg,backend
cy@example.org,Cy,Cern,backend
CSV
import() { "$NURTURE" candidates import people.csv --consent "you joined" --at 2026-01-05; }
who() { "$NURTURE" candidates list --fields email | tr '\n' ' '; }
ok "people come in" import
DB=$(find "$XDG_STATE_HOME" -name nurture.db)
STATE=$(dirname "$DB")
sql() { sqlite3 -cmd '.timeout 5000' "$DB" "$1"; }
traces() { grep -rliaE 'quetzal|xochitl' "$STATE" | sed "s|$STATE/||" | sort | tr '\n' ' '; }
# a second address of hers
sql "INSERT INTO candidate_address (email_key, candidate_id, email, added, address_hmac) SELECT 'bo2@example.org', candidate_id, 'bo2@example.org', 0, 'x' FROM candidate WHERE email = 'bo@example.org'"
ok "a copy is made" "$NURTURE" backup "$TMP/copy.db"
ok "nobody has been erased" test ! -e "$STATE/erased"
export NURTURE_NOW="2026-03-04 09:00"
ok "one is" "$NURTURE" candidates erase quetzal@example.org --yes
is "a hash of her address stands beside the keys" "$(grep -cE '^[a-z2-7]{32} [0-9]+$' "$STATE/erased")" 1
is "which only we may read" "$(stat -c %a "$STATE/erased")" 600
is "no file of ours knows her" "$(traces)" ""
status_is "the same list does not bring her back" 1 import
is "nor anybody else" "$(who)" "bo@example.org cy@example.org "
is "nor leaves a trace" "$(traces)" ""
ok "the copy does know her" grep -qa quetzal "$TMP/copy.db"

# With the present database as evidence
export NURTURE_NOW="2026-03-05 09:00"
ok "it is put back" "$NURTURE" restore "$TMP/copy.db" --yes
is "it says that she is erased again" "$(grep -c '^1 people had been erased since, and are again' "$TMP/out")" 1
is "she is not there" "$(who)" "bo@example.org cy@example.org "
is "no file of ours knows her" "$(traces)" ""
is "nor does the log name her twice" "$(grep -c . "$STATE/erased")" 1
status_is "nor does the list bring her back" 1 import

# Everything lost but the copy, the keys and the file
rm -f "$STATE"/nurture.db*
export NURTURE_NOW="2026-03-06 09:00"
is "as a program sees it" "$("$NURTURE" --json restore "$TMP/copy.db" --yes | grep -o '"erased":[0-9]*')" '"erased":1'
is "she is not there" "$(who)" "bo@example.org cy@example.org "
is "no file of ours knows her" "$(traces)" ""
is "her erasure is in the audit log" "$("$NURTURE" audit list --action erased | wc -l)" 1
status_is "nor does the list bring her back" 1 import

# A crash between the erasure and the file: the next one writes both
rm "$STATE/erased"
ok "another is erased" "$NURTURE" candidates erase cy@example.org --yes
is "the file knows both" "$(grep -c . "$STATE/erased")" 2
printf 'halfaline' >>"$STATE/erased"
ok "half a line of a crash" "$NURTURE" candidates erase bo@example.org --yes
is "hides nothing that comes after it" "$(grep -cE '^[a-z2-7]{32} [0-9]+$' "$STATE/erased")" 4
touch "$DB.before-20260306-0900"
"$NURTURE" candidates add di@example.org >/dev/null
is "copies that restore kept are named" \
    "$("$NURTURE" candidates erase di@example.org --yes | grep -c 'nurture.db.before-20260306-0900')" 1
rm -f "$STATE"/nurture.db*
"$NURTURE" restore "$TMP/copy.db" --yes >/dev/null
is "all of them stay erased" "$(who)" ""
done_testing
