#!/bin/sh
# t1320-ats.sh - a file's diff, the guard one second before a send, the watched
# folder, merging, and what goes back
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

plan 60
start_sink "$TMP/sink"
workspace "$TMP/ws"
cat >>"$TMP/ws/nurture.yaml" <<YAML
ats:
  drop: $TMP/drop
  hooks:
    - name: greenhouse
      secret_from: file $TMP/secret
  out:
    - name: crm
      url: http://127.0.0.1:@PORT@/in
      secret_from: file $TMP/crm
YAML
printf 's3cret-of-greenhouse\n' >"$TMP/secret"
printf 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n' >"$TMP/crm"
mkdir "$TMP/drop"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
sql() { sqlite3 "$DB" "$1"; }
# A receiver that checks the signature, and answers with what is in a file.
cat >"$TMP/receiver.py" <<'END'
import base64, hashlib, hmac, http.server, json, sys
work = sys.argv[1]
key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = int(open(work + "/answer").read())
        head = "%s.%s." % (self.headers["webhook-id"], self.headers["webhook-timestamp"])
        want = base64.b64encode(hmac.new(key, head.encode() + body, hashlib.sha256).digest())
        good = self.headers["webhook-signature"] == "v1," + want.decode()
        event = json.loads(body)
        with open(work + "/got", "a") as log:
            print(status, self.headers["webhook-id"], "good" if good else "bad", event["type"],
                  event["data"].get("email"), event["data"]["ats"], "score" in event["data"], file=log)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:%d/other" % self.server.server_port)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *a): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
open(work + "/port.new", "w").write("%d\n" % server.server_port)
import os
os.rename(work + "/port.new", work + "/port")
server.serve_forever()
END
echo 200 >"$TMP/answer"
background python3 "$TMP/receiver.py" "$TMP"
wait_for "$TMP/port"
sed -i "s/@PORT@/$(cat "$TMP/port")/" "$TMP/ws/nurture.yaml"
ok "the settings have no error" n check nurture.yaml

# -- diff and apply ----------------------------------------------------------
export NURTURE_NOW="2026-03-03 09:00"
people 6 >"$TMP/p.csv"
n candidates import "$TMP/p.csv" >/dev/null
cat >"$TMP/a.csv" <<'CSV'
type,src,id,emails,candidate_id,job_id,status,stage_kind,title,updated_at,shoe size
candidate,gh,c1,p1@example.org;p1@home.example,,,,,,2026-03-01,43
candidate,gh,c2,p2@example.org,,,,,,2026-03-01,
job,gh,j1,,,,open,,Backend,2026-03-01,
application,gh,a1,,c1,j1,active,interview,,2026-03-01,
application,gh,a2,,c2,j1,hird,offer,,2026-03-01,
CSV
status_is "a diff says what is wrong" 1 "$NURTURE" -C "$TMP/ws" ats diff "$TMP/a.csv"
is "at line and column" "$(cat "$TMP/err")" \
    "$TMP/a.csv:6:7: status: 'hird' is none of active, hired, rejected, withdrawn, open, closed, draft, archived; did you mean 'hired'?"
is "and who enters" "$(grep enters "$TMP/out" | tr -s ' ')" "enters p1@example.org Backend"
is "and writes nothing" "$(sql "SELECT count(*) FROM ats_identity")" 0
sed -i s/hird/hired/ "$TMP/a.csv"
ok "a diff for machines" sh -c "'$NURTURE' -C '$TMP/ws' --json ats diff '$TMP/a.csv' | python3 -c 'import json,sys; d=json.load(sys.stdin); assert d[\"counts\"][\"hired\"] == 1 and d[\"counts\"][\"enters\"] == 1, d'"
ok "apply takes it" n ats apply "$TMP/a.csv"
is "unknown columns are kept" "$(sql "SELECT raw FROM ats_identity WHERE remote_id = 'c1'")" '{ "shoe size":"43"}'
is "twice is once" "$("$NURTURE" -C "$TMP/ws" ats apply "$TMP/a.csv")" "$TMP/a.csv: 5 rows"
ok "ats status tells" sh -c "'$NURTURE' -C '$TMP/ws' ats status | tr -s ' ' | grep -q '1 people in a hiring process'"

sed -i 's/^status: ready/status: ready\nspread: 1h/' "$TMP/ws/campaigns/engineering-update.md"

# -- the guard, one second before --------------------------------------------
n launch engineering-update --yes="$(n plan engineering-update --json | sed -n 's/.*"matched":[0-9]*,"people":\([0-9]*\).*/\1/p')" >/dev/null
is "who is in a process or hired is not in it" "$(sql "SELECT group_concat(substr(email, 1, 2), ' ') FROM (SELECT email FROM enrolment JOIN candidate USING (candidate_id) WHERE control = 0 ORDER BY email)")" "p3 p4 p5 p6"
export NURTURE_NOW=1772528459000 # 09:00:59
n run >/dev/null
sql "UPDATE message SET not_before = 1772528460000 WHERE state = 'scheduled'" # 09:01
queued=$(sql "SELECT count(*) FROM message WHERE state = 'scheduled'")
ok "mail is queued for 09:01:00" test "$queued" -gt 0
victim=p4@example.org
background "$NURTURE" -C "$TMP/ws" serve --listen 127.0.0.1:0 --once-ready-file "$TMP/ready" >/dev/null 2>"$TMP/serve.err"
wait_for "$TMP/ready"
sed -e "s/Greenhouse@example.org/$victim/" -e s/gina@home.example/other@home.example/ "$tests/data/ats/greenhouse.json" >"$TMP/hook.json"
is "at 09:00:59 a webhook says that one of them is in a process" \
    "$(python3 "$tests/lib/hook.py" "$(cat "$TMP/ready")" greenhouse "$TMP/hook.json" right 1772528459000 | sed 's/ *$//')" "200 stored"
i=0
until [ "$(sql "SELECT count(*) FROM application WHERE src = 'greenhouse'")" = 1 ] || [ $i -ge 400 ]; do
    sleep 0.05
    i=$((i + 1))
done
export NURTURE_NOW="2026-03-03 09:01"
n run >/dev/null
is "at 09:01:00 the others get their mail" "$(sql "SELECT count(*) FROM message WHERE state = 'sent'")" "$((queued - 1))"
is "and that one does not" "$(grep -l "$victim" "$TMP"/sink/*/* "$TMP"/sink/*.eml 2>/dev/null | wc -l)" 0
is "it is put off, and says why" "$(sql "SELECT state, last_text FROM message WHERE rcpt = '$victim'")" "scheduled|in_process"
is "as does 'why'" "$(n why "$victim" | head -1 | tr -s ' ')" "mail in general in a hiring process, or hired"

# -- the watched folder -------------------------------------------------------
cat >"$TMP/drop/1.jsonl" <<'J'
{"type":"candidate","src":"gh","id":"c3","emails":["p3@example.org"],"updated_at":"2026-03-02"}
{"type":"application","src":"gh","id":"a3","candidate_id":"c3","status":"rejected","reached":"offer","updated_at":"2026-03-02"}
{"type":"application","src":"gh","id":"a4","candidate_id":"c3"}
J
printf 'nonsense\n' >"$TMP/drop/2.csv"
printf 'half' >"$TMP/drop/3.jsonl.part"
n run >/dev/null 2>"$TMP/err"
is "files are moved where they belong" "$(cd "$TMP/drop" && find . -type f | sort | tr '\n' ' ')" \
    "./3.jsonl.part ./done/1.jsonl ./done/2.csv ./failed/1.jsonl.rejected.csv "
is "with the rows that are no good" "$(sed -n 2p "$TMP/drop/failed/1.jsonl.rejected.csv" | cut -d, -f1-4)" "3,7,status,an application without a status"
is "a rejection starts a cool-off" "$(n why p3@example.org | head -1 | tr -s ' ' | cut -d\; -f1)" \
    "mail in general on hold (out of office, not now, cool-off): cool_off until 2026-05-31"
echo silver_medallist >"$TMP/ws/segments/silver.seg"
is "and makes a silver medallist" "$(n segment who silver | grep -c p3@example.org)" 1

# -- merging ------------------------------------------------------------------
printf '{"type":"candidate","src":"gh","id":"c9","emails":["p5@example.org","p6@example.org"],"updated_at":"2026-03-02"}\n' >"$TMP/c.jsonl"
n ats apply "$TMP/c.jsonl" >/dev/null
is "who may be two people is listed" "$(n candidates merge --list)" "gh/c9  p5@example.org, p6@example.org"
n candidates set p5@example.org city=Berlin seniority= >/dev/null
n candidates set p6@example.org city=Wien seniority=senior job_title=Painter >/dev/null
status_is "merging asks first" 3 "$NURTURE" --no-input -C "$TMP/ws" candidates merge p5@example.org p6@example.org
is "and shows before what it asks about" "$(grep -c "city stays 'Berlin'; 'Wien' is lost" "$TMP/err")" 1
is "a dry run says what moves, and what is lost" "$(n candidates merge p5@example.org p6@example.org --dry-run | grep -v Nothing | sed 's/^ *//')" "\
1 address moves
1 mail that was sent moves
city stays 'Berlin'; 'Wien' is lost
job_title becomes 'Painter'
seniority becomes 'senior'"
is "and writes nothing" "$(sql "SELECT count(*) FROM candidate WHERE merged_into IS NOT NULL")" 0
is "for programs too" "$(n --json candidates merge p5@example.org p6@example.org --dry-run | grep -o '"values":.*]')" \
    '"values":[{"field":"city","kept":"Berlin","gone":"Wien"},{"field":"job_title","kept":null,"gone":"Painter"},{"field":"seniority","kept":null,"gone":"senior"}]'
ok "merging" n candidates merge p5@example.org p6@example.org --yes
is "takes fields over, those of fields.yaml too" "$(sql "SELECT city, job_title, x_seniority FROM candidate WHERE email = 'p5@example.org'")" "Berlin|Painter|senior"
is "and leaves none behind" "$(sql "SELECT coalesce(city, job_title, x_seniority, '-') FROM candidate WHERE merged_into IS NOT NULL")" "-"
is "the other address leads to the one person" "$(n --json candidates show p6@example.org | grep -o '"p5@example.org"' | head -1)" '"p5@example.org"'
n ats apply "$TMP/c.jsonl" >/dev/null
is "and nobody is in doubt any more" "$("$NURTURE" -C "$TMP/ws" candidates merge --list)" "Nobody is in doubt."
is "the cap counts what both got" "$(sql "SELECT count(*) FROM message JOIN candidate USING (candidate_id) WHERE email = 'p5@example.org' AND state = 'sent'")" 2
status_is "not twice" 1 "$NURTURE" -C "$TMP/ws" candidates merge p5@example.org p6@example.org --yes

# -- two people who are two ---------------------------------------------------
printf 'email\np7@example.org\np8@example.org\n' >"$TMP/two.csv"
n candidates import "$TMP/two.csv" --consent fair --at 2026-02-01 >/dev/null
printf '{"type":"candidate","src":"gh","id":"c8","emails":["p7@example.org","p8@example.org"],"updated_at":"2026-03-02"}\n{"type":"application","src":"gh","id":"a8","candidate_id":"c8","status":"active","stage_kind":"screen","updated_at":"2026-03-02"}\n' >"$TMP/c8.jsonl"
n ats apply "$TMP/c8.jsonl" >/dev/null
is "none of two is mailed while nobody says who it is" \
    "$(for p in p7 p8; do n why $p@example.org | head -1 | grep -o 'in a hiring process'; done | wc -l)" 2
ok "told apart" n candidates merge --distinct p8@example.org p7@example.org
n ats apply "$TMP/c8.jsonl" >/dev/null
is "only the one is held, for good" \
    "$(for p in p7 p8; do n why $p@example.org | head -1 | grep -q 'in a hiring process' && echo $p; done)" p8
is "and nobody is listed" "$("$NURTURE" -C "$TMP/ws" candidates merge --list; n ats status | grep -c 'several people')" \
    "Nobody is in doubt.
0"

# -- what goes back -----------------------------------------------------------
rm -f "$TMP/got"
id=$(sql "SELECT candidate_id FROM candidate WHERE email = 'p1@example.org'")
sql "INSERT INTO event (candidate_id, kind, at, detail, positive) VALUES ($id, 'replied', 1772528460000, '{\"intent\":\"interested\"}', 1), ($id, 'opened', 1772528460000, NULL, 0); INSERT INTO score VALUES ($id, 1, 1, 1)"
echo 500 >"$TMP/answer"
n run >/dev/null 2>&1
is "a receiver that fails is tried again later" "$(sql "SELECT state, tries, next_at - 1772528460000, error FROM webhook_out" | sed 's/|[0-9]*|HTTP/|later|HTTP/')" "waiting|1|later|HTTP status 500"
echo 302 >"$TMP/answer"
export NURTURE_NOW="2026-03-03 09:02"
n run >/dev/null 2>&1
is "a redirect is not followed" "$(cut -d' ' -f1 "$TMP/got" | tr '\n' ' ')" "500 302 "
echo 200 >"$TMP/answer"
is "'outbox retry' tries at once" "$("$NURTURE" -C "$TMP/ws" ats outbox retry)" "1 delivered, 0 not"
is "signed, under the same id, without the score" "$(cut -d' ' -f3- "$TMP/got" | sort -u)" \
    "good interested p1@example.org [{'src': 'gh', 'id': 'c1'}] False"
is "always the same id" "$(cut -d' ' -f2 "$TMP/got" | sort -u | wc -l)" 1
n run >/dev/null
is "and once taken not again" "$(wc -l <"$TMP/got")" 3
sql "INSERT INTO event (candidate_id, kind, at) VALUES ($id, 'opted_out', 1772528460000)"
echo 410 >"$TMP/answer"
n run >/dev/null 2>&1
is "410 is dead at once" "$("$NURTURE" -C "$TMP/ws" ats outbox | awk '{print $4, $5, $6, $7, $8, $9}')" "dead crm opted_out HTTP status 410"
is "an export says the same" "$(n ats export --since 2026-03-03 | python3 -c 'import json,sys; print([json.loads(l)["type"] for l in sys.stdin])')" "['interested', 'unsubscribed']"
is "without scores" "$(n ats export | grep -c score)" 0
is "unless asked" "$(n ats export --scores | grep -c '"score":')" 2

# -- deleted there, erased here ----------------------------------------------
echo 200 >"$TMP/answer"
printf '{"type":"candidate","src":"gh","id":"c1","deleted":true,"updated_at":"2026-03-03T08:00:00Z"}\n' >"$TMP/drop/d.jsonl"
export NURTURE_NOW="2026-03-03 09:03"
n run >/dev/null 2>&1
is "first on hold" "$(n why p1@example.org | head -1 | grep -c 'in a hiring process')" 1
export NURTURE_NOW="2026-03-04 09:04"
n run >/dev/null 2>&1
is "a day later there is no trace of the address" "$(cat "$DB" "$DB-wal" 2>/dev/null | grep -c -a -i p1@example.org || true)" 0
ok "and the ATS is told by its own number" grep -q "good erased None \[{'src': 'gh', 'id': 'c1'}\]" "$TMP/got"
n ats apply "$TMP/a.csv" >/dev/null 2>&1 || true
is "the same file brings nobody back" "$(sql "SELECT count(*) FROM candidate WHERE email = 'p1@example.org'")" 0

# -- asking, and being killed -------------------------------------------------
sed -i "s|^ats:|ats:\n  fetch: cat '$TMP/changes.jsonl' \&\& echo \$NURTURE_SINCE >'$TMP/since'|" "$TMP/ws/nurture.yaml"
printf '{"type":"candidate","src":"gh","id":"c4","emails":["p5@example.org"],"updated_at":"2026-03-04"}\n{"type":"application","src":"gh","id":"a5","candidate_id":"c4","status":"active","stage_kind":"screen","updated_at":"2026-03-04"}\n' >"$TMP/changes.jsonl"
n run >/dev/null 2>&1
is "nobody is asked while the news are fresh" "$(cat "$TMP/since" 2>/dev/null)" ""
export NURTURE_NOW="2026-03-04 16:00"
n run >/dev/null 2>&1
is "afterwards the ATS is asked what is new since" "$(cat "$TMP/since")" "2026-03-04T09:04:00Z"
is "and believed" "$(n why p5@example.org | head -1 | grep -c 'in a hiring process')" 1
rm "$TMP/changes.jsonl"
export NURTURE_NOW="2026-03-06 09:00"
n run >/dev/null 2>"$TMP/err"
ok "a command that fails is told" grep -q "ats=fetch .*status 1" "$TMP/err"
is "then the news grow old, and mail waits" "$(n why p3@example.org | head -1 | tr -s ' ')" \
    "mail in general the ATS data is too old: last news: 2026-03-04 17:00"
ok "status says so" sh -c "'$NURTURE' -C '$TMP/ws' status | grep -q 'too old, so all campaign mail waits'"

# all candidates first, so that the file as such has everybody long before
# their application
python3 - >"$TMP/big.jsonl" <<'P'
for i in range(4000):
    print('{"type":"candidate","src":"big","id":"%d","emails":["b%d@example.org"],"updated_at":"2026-03-05"}' % (i, i))
for i in range(4000):
    print('{"type":"application","src":"big","id":"%d","candidate_id":"%d","status":"active","stage_kind":"screen","updated_at":"2026-03-05"}' % (i, i))
P
closed="EXISTS (SELECT 1 FROM batch WHERE source = 'big.jsonl' AND state = 'closed')"
for wanted in "count(*) > 100 OR $closed FROM ats_row" "count(*) > 100 OR $closed FROM application WHERE src = 'big'"; do
    "$NURTURE" -C "$TMP/ws" ats apply "$TMP/big.jsonl" >/dev/null 2>&1 &
    victim=$!
    i=0
    until [ "$(sql "SELECT $wanted" 2>/dev/null)" = 1 ] || [ $i -ge 2000 ]; do
        i=$((i + 1))
    done
    kill -9 "$victim" 2>/dev/null || true
    wait "$victim" 2>/dev/null || true
    sql "SELECT count(*) FROM candidate WHERE email LIKE 'b%@example.org' AND candidate_id NOT IN (SELECT candidate_id FROM application WHERE candidate_id IS NOT NULL)" >>"$TMP/bare"
    sql "SELECT count(*) FROM candidate WHERE email LIKE 'b%@example.org'" >>"$TMP/seen"
done
is "killed between, nobody is there without their application" "$(sort -u "$TMP/bare")" 0
echo "# people seen at the kills: $(tr '\n' ' ' <"$TMP/seen")"
n run >/dev/null 2>&1
n ats apply "$TMP/big.jsonl" >/dev/null
is "killed twice, everything is there once" "$(sql "SELECT count(*), count(DISTINCT candidate_id) FROM application WHERE src = 'big'; SELECT count(*) FROM candidate WHERE email LIKE 'b%@example.org'; SELECT count(*) FROM ats_row; SELECT count(*) FROM batch WHERE state = 'open'; SELECT count(*) FROM event WHERE kind = 'applied' AND candidate_id IN (SELECT candidate_id FROM application WHERE src = 'big')" | tr '\n' ' ')" "4000|4000 4000 0 0 4000 "
exit $failed
