#!/bin/sh
# t2400-simulate.sh - a campaign played through on a copy
. "$(dirname "$0")/lib/lib.sh"
plan 14
mkdir "$TMP/tmp"
export TMPDIR="$TMP/tmp"
SMTP_PORT=1 # nothing listens there: a simulation has its own server
workspace "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
people 30 >"$TMP/p.csv"
n candidates import "$TMP/p.csv" >/dev/null
DB=$(find "$XDG_STATE_HOME" -name nurture.db | head -1)
sed -i 's/status: ready/status: draft/; s/^holdout: .*/holdout: 0%/' "$TMP/ws/campaigns/backend-nurture/campaign.md"
before=$(sqlite3 "$DB" .dump | cksum)
sim() { n simulate backend-nurture --from 2026-03-02 --to 2026-05-01 "$@"; }
sim --json >"$TMP/plain"
ok "everybody gets the four mails" grep -q '"people":30,"sent":120,"done":30,"on_the_way":0' "$TMP/plain"
is "no mail leaves before the start or beyond the end" "$(grep -o '"date":"[^"]*"' "$TMP/plain" | sort | sed -n '1p;$p' | tr -d '\n')" '"date":"2026-03-02""date":"2026-04-03"'
sim --json >"$TMP/again"
ok "it repeats to the byte" cmp "$TMP/plain" "$TMP/again"
is "the real database is as it was" "$(sqlite3 "$DB" .dump | cksum)" "$before"
sim --json --replies 30% >"$TMP/replies"
is "who answers gets no more" "$(sed 's/.*"sent":\([0-9]*\),"done":\([0-9]*\).*"replied":\([0-9]*\).*/\1 \2 \3/' "$TMP/replies" | awk '{print ($1 < 120 && $2 < 30 && $3 > 0)}')" "1"
sim --json --bounces 100 >"$TMP/bounces"
ok "who cannot be reached gets one mail" grep -q '"sent":30,.*"bounced":30' "$TMP/bounces"
printf 'email,mail,what\np3@example.org,team,replied\nP4@example.org,,bounced\n' >"$TMP/answers.csv"
sim --json --answers "$TMP/answers.csv" >"$TMP/filed"
ok "a file says who answers and whose mail comes back" grep -q '"sent":115,.*"replied":1,"bounced":1' "$TMP/filed"
printf 'email,mail,what\np3@example.org,team,sang\n' >"$TMP/answers.csv"
status_is "what it says must be known" 1 sim --answers "$TMP/answers.csv"
ok "and the line is named" grep -q "answers.csv:2: 'what' is replied or bounced" "$TMP/err"
sed -i 's/cap: 2 per 14d/cap: 1 per 30d/' "$TMP/ws/nurture.yaml"
grep -q 'cap: 1 per 30d' "$TMP/ws/nurture.yaml" || echo "  cap: 1 per 30d" >>"$TMP/ws/nurture.yaml"
sim >"$TMP/capped"
ok "it says where the cap holds mail back" grep -q "times: had as much mail as the cap allows" "$TMP/capped"
sim --svg "$TMP/bars.svg" >/dev/null
ok "the picture is well-formed" python3 -c "import sys, xml.dom.minidom as m; assert m.parse(sys.argv[1]).getElementsByTagName('rect').length > 10" "$TMP/bars.svg"
status_is "an end before the start is a usage error" 2 n simulate backend-nurture --from 2026-03-02 --to 2026-03-01
status_is "an unknown campaign is an error" 1 n simulate nosuch
is "nothing is left behind" "$(ls "$TMPDIR")" ""
done_testing
