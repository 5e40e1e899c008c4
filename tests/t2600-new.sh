#!/bin/sh
# t2600-new.sh - drafts to write over, and segments beside those of git
. "$(dirname "$0")/lib/lib.sh"
plan 33
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
"$NURTURE" --no-input -q init "$TMP/ws"
n() { "$NURTURE" --no-input -C "$TMP/ws" "$@"; }

is "a newsletter is one file" "$(n new newsletter spring-news | sed -n 's/^Wrote //p')" "campaigns/spring-news.md"
is "a sequence is a folder" "$(n new sequence re-engage | sed -n 's/^Wrote //p' | tr '\n' ' ')" \
    "campaigns/re-engage/campaign.md campaigns/re-engage/follow-up.md campaigns/re-engage/welcome.md "
is "the files are said as JSON" "$(n --json new segment berliners)" '{"schema":1,"files":["segments/berliners.seg"]}'
n check spring-news re-engage >/dev/null 2>"$TMP/check" || true
is "what is still to be written is all that is wrong" "$(grep -o '\[[ENW][0-9]*\]' "$TMP/check" | sort -u)" "[E417]"
status_is "such a draft cannot be planned" 1 n plan spring-news
sed -i 's/TBD:*/Words/' "$TMP/ws/campaigns/spring-news.md" "$TMP/ws/campaigns/re-engage"/*.md
sed -i 's/^preheader: .*/preheader: More words/' "$TMP/ws/campaigns/spring-news.md" "$TMP/ws/campaigns/re-engage"/*.md
ok "once it is written, nothing is wrong" n check --strict spring-news re-engage
ok "and it is as fmt would write it" n fmt --check
n new newsletter odd --title "Spring: what's #1" --audience newcomers --from talent-team >/dev/null
is "a title is quoted where YAML would misread it" "$(sed -n 2p "$TMP/ws/campaigns/odd.md")" "name: \"Spring: what's #1\""
is "audience and sender can be said" "$(sed -n '4,5p' "$TMP/ws/campaigns/odd.md" | tr '\n' ' ')" "audience: newcomers from: talent-team "
status_is "an audience that is not" 1 n new newsletter lost --audience newcomer
status_is "a sender that is not" 1 n new newsletter lost --from talent
ok "write nothing" test ! -e "$TMP/ws/campaigns/lost.md"
cksum "$TMP/ws/campaigns/spring-news.md" >"$TMP/before"
status_is "nothing is overwritten" 3 n new sequence spring-news
ok "the file is as it was" sh -c 'cksum "$1" | cmp - "$2"' - "$TMP/ws/campaigns/spring-news.md" "$TMP/before"
status_is "a name has no capitals" 1 n new segment Berliners
status_is "a segment is not called like a field" 1 n new segment city
status_is "a name leads nowhere else" 1 n new newsletter ../x
status_is "another kind is a usage error" 2 n new letter x
status_is "a name is needed" 2 n new newsletter

# segments beside those of the last commit, and of last week
{
    echo "email,first_name,country,seniority,interest,open_to_work"
    echo "d@example.org,Dora,DE,senior,backend,no"
    echo "f@example.org,,FR,mid,backend,no"
} >"$TMP/p.csv"
n candidates import "$TMP/p.csv" --consent "you met us" --at 2026-01-05 >/dev/null
n segment list >"$TMP/list"
ok "a first list knows of no change" sh -c '! grep -q " in [0-9]* day" "$1"' - "$TMP/list"
DB=$(find "$XDG_STATE_HOME" -name nurture.db)
day=$(($(date +%s) / 86400))
is "and writes nothing" "$(sqlite3 "$DB" "SELECT count(*) FROM fact WHERE name LIKE 'segment%'")" 0
sqlite3 "$DB" "INSERT INTO fact (name, value) VALUES ('segment.newcomers', '$((day - 9)):9 $((day - 7)):7 $((day - 3)):3')"
is "a later one counts from a week ago" "$(n segment list | sed -n 's/^newcomers *\([0-9]* *[^ ]* in 7 days\) .*/\1/p')" "2  -5 in 7 days"
is "also as JSON" "$(n --json segment list | sed -n 's/.*"segment":"newcomers",\(.*\),"condition.*/\1/p')" '"people":2,"before":{"days":7,"people":7}'
n run >/dev/null 2>&1 || true
is "each run has counted the day" "$(sqlite3 "$DB" "SELECT value FROM fact WHERE name = 'segments_counted'")" "$day"
status_is "without git there is nothing to compare with" 1 n segment diff
ws=$TMP/ws
g() { git -C "$ws" -c user.name=x -c user.email=x@example.org "$@" >/dev/null 2>&1; }
echo "seniors and country = FR" >"$ws/segments/french.seg"
echo "seniority >= senior" >"$ws/segments/seniors.seg"
g init && g add segments campaigns && g commit -m one
is "nothing differs from the last commit" "$(n segment diff)" "No segment differs."
echo "seniority >= mid" >"$ws/segments/seniors.seg"
rm "$ws/segments/berliners.seg"
n segment diff >"$TMP/diff"
is "a changed segment says who joins" "$(sed -n '/^seniors/,/^$/p' "$TMP/diff")" "seniors: 2 people, 1 join, 0 leave
    was  seniority >= senior
    now  seniority >= mid
  + f@example.org"
is "so does one that uses it" "$(sed -n '/^french/,/^$/p' "$TMP/diff" | sed -n 2,3p)" "    as it was; a segment it uses has changed
  + f@example.org"
is "a deleted one says who leaves" "$(sed -n '/^berliners/,/^$/p' "$TMP/diff" | sed -n '3,4p' | cut -c 1-17)" "    now  (deleted
  - d@example.org"
is "the same as JSON" "$(n --json segment diff seniors)" '{"schema":1,"segment":"seniors","was":"seniority >= senior","is":"seniority >= mid","people":2,"joins":{"people":1,"sample":["f@example.org"]},"leaves":{"people":0,"sample":[]}}'
g commit -am two
is "any commit can be compared with" "$(n segment diff seniors --against HEAD~1 | head -1)" "seniors: 2 people, 1 join, 0 leave"
status_is "an unknown commit is an error" 1 n segment diff --against nosuch
status_is "an option is no commit" 1 n segment diff --against=--help
done_testing
