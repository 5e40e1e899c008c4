#!/bin/sh
# t4320-machine-hits.sh - from the mail to the score: a machine's click stops no
# sequence and scores nothing, a person's does; and when newer rules say it was
# a machine's, everything that followed is put right
. "$(dirname "$0")/lib/lib.sh"
plan 25
start_sink "$TMP/sink"
workspace "$TMP/ws"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
sql() { sqlite3 "$DB" "$1"; }
sed -i -e 's|^  base_url:.*|  base_url: http://127.0.0.1:1\n  honeypot: yes|' -e 's/^  opens: off/  opens: consented/' "$TMP/ws/nurture.yaml"
c=$TMP/ws/campaigns/course
mkdir "$c"
for name in one two; do
    cat >"$c/$name.md" <<'END'
---
subject: A word for {{ first_name or "you" }}
preheader: A line that adds to it.
---
Hi {{ first_name or "there" }},

[the team](https://kestrel.example/team) has news, and here is [a talk](https://kestrel.example/talk) about it.
END
done
cat >"$c/campaign.md" <<'END'
---
name: Course
status: ready
audience: everyone
from: talent-team
stop_when: clicked in course
steps:
  - mail: one
  - mail: two
    wait: 4d
---
END
people 3 >"$TMP/people.csv"
day1="2026-03-02"
n -q --now "$day1 09:00" candidates import "$TMP/people.csv" >/dev/null 2>&1
for purpose in click_tracking open_tracking; do
    for who in p1 p2; do
        n -q --now "$day1 09:00" candidates consent $who@example.org given --purpose $purpose --source "the form" >/dev/null
    done
done
n -q --now "$day1 10:00" launch course --yes=3 >/dev/null
n -q --now "$day1 10:05" run
cat >"$TMP/links.py" <<'END'
"""PEOPLE'S MAILS: person, then what its HTML has of c (links), o and trap"""
import email, email.policy, glob, os, re, sys
for path in sorted(glob.glob(sys.argv[1] + "/**/*", recursive=True)):
    if not os.path.isfile(path):
        continue
    mail = email.message_from_binary_file(open(path, "rb"), policy=email.policy.default)
    html = mail.get_body(("html",)).get_content()
    text = mail.get_body(("plain",)).get_content()
    trap = re.search(r'<a href="http://127.0.0.1:1(/c/[\w-]{39})" aria-hidden="true" tabindex="-1"', html)
    links = [l for l in re.findall(r"/c/[\w-]{39}", html) if not trap or l != trap.group(1)]
    pixel = re.findall(r"/o/[\w-]{39}\.gif", html)
    print(mail["To"].addresses[0].username, len(links), len(pixel),
          links[0] if links else "-", pixel[0] if pixel else "-",
          trap.group(1) if trap else "-", bool(trap) and trap.group(1) in text,
          sum(1 for url in re.findall(r'(?:href|src)="(http[^"]*)"', html)
              if re.search(r"@|%40|example.org|Anna|course", url)))
END
python3 "$TMP/links.py" "$TMP/sink" >"$TMP/links"
field() { awk -v who="$1" -v n="$2" '$1 == who { print $n }' "$TMP/links"; }
is "who consented gets links that are counted" "$(field p1 2) $(field p1 3)" "2 1"
is "who did not gets plain ones, and no pixel" "$(field p3 2) $(field p3 3) $(field p3 6)" "0 0 -"
ok "the hidden link is in the mail" test "$(field p2 6)" != -
is "and not in its text" "$(field p2 7)" False
is "no link tells whose it is" "$(awk '{ n += $8 } END { print n }' "$TMP/links")" 0

serve_at() { # TIME
    : >"$TMP/ready"
    background "$NURTURE" -C "$TMP/ws" --now "$1" serve --listen 127.0.0.1:0 --recruiters off --once-ready-file "$TMP/ready" >"$TMP/serve" 2>&1
    SERVER=$!
    wait_for "$TMP/ready"
}
stop_serve() {
    kill "$SERVER"
    wait "$SERVER" || true
}
hit() { # PATH AGENT
    curl -s -o /dev/null -w '%{http_code}' -A "$2" -H 'Accept-Language: en' "$(cat "$TMP/ready")$1"
}
person='Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
serve_at "$day1 12:00"
is "a scanner follows a link" "$(hit "$(field p1 4)" 'Barracuda Sentinel/1.0')" 302
is "and asks for the pixel" "$(hit "$(field p1 5)" 'Barracuda Sentinel/1.0')" 200
is "a person follows one" "$(hit "$(field p2 4)" "$person")" 302
stop_serve
is "one click is a person's, one a machine's" "$(n hits --json | grep -c '"kind":"clicked","class":"\(human\|machine\)"')" 2
is "only the person has a score" "$(n --now "$day1 12:00" score list | awk '{ print $2 }')" p2@example.org
is "only they are engaged" "$(sql "SELECT group_concat(email) FROM candidate WHERE last_engaged IS NOT NULL")" p2@example.org
n --now "$day1 13:00" report course --json >"$TMP/report"
is "the report has both side by side" "$(grep -o '"\(clicked\|machine_clicks\)":[0-9]*' "$TMP/report" | head -2 | tr '\n' ' ')" '"clicked":1 "machine_clicks":1 '
n --now "2026-03-06 10:10" -q run
state() { sql "SELECT state || ' ' || coalesce(exit_reason, step, '') FROM enrolment e JOIN candidate c USING (candidate_id) WHERE c.email = '$1@example.org'"; }
second() { sql "SELECT count(*) FROM message m JOIN candidate c USING (candidate_id) WHERE m.step = 'two' AND m.state = 'sent' AND c.email = '$1@example.org'"; }
is "the machine's click stopped nothing" "$(second p1)" 1
is "nor did none" "$(second p3)" 1
is "the person's did" "$(state p2) $(second p2)" "exited stop_rule 0"

mkdir "$TMP/ws/data"
printf 'match\tagent\tclass\tnote\nword\tGecko\tmachine\t\nword\tBarracuda\tmachine\t\n' >"$TMP/ws/data/machine-agents.tsv"
n --now "2026-03-06 10:20" hits >"$TMP/out" 2>"$TMP/err"
ok "newer rules are noticed" grep -q "^3 were classed by other rules" "$TMP/err"
n --now "2026-03-06 10:20" --json hits reclassify --dry-run >"$TMP/dry"
ok "what they would change is said first" grep -q '"dry_run":true,"hits":3,"outdated":3,"changed":1,"scores":1,"stops":1' "$TMP/dry"
is "and nothing is changed by that" "$(state p2)" "exited stop_rule"
ok "then it is done" n -q --now "2026-03-06 10:20" hits reclassify
is "nobody has a score any more" "$(n --now "2026-03-06 10:20" score list | wc -l)" 0
is "nobody is engaged" "$(sql "SELECT count(*) FROM candidate WHERE last_engaged IS NOT NULL")" 0
is "who was stopped by it goes on" "$(state p2)" "active two"
n --now "2026-03-06 10:25" -q run
is "and gets the second mail" "$(second p2)" 1

serve_at "2026-03-06 12:00"
is "whoever follows the hidden link" "$(hit "$(field p2 6)" "$person")" 200
stop_serve
is "is a machine" "$(n hits --json | grep -c '"rule":"trap"')" 1
done_testing
