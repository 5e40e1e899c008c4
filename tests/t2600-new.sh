#!/bin/sh
# t2600-new.sh - drafts to write over, and segments beside those of git
. "$(dirname "$0")/lib/lib.sh"
plan 16
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
cksum "$TMP/ws/campaigns/spring-news.md" >"$TMP/before"
status_is "nothing is overwritten" 3 n new sequence spring-news
ok "the file is as it was" sh -c 'cksum "$1" | cmp - "$2"' - "$TMP/ws/campaigns/spring-news.md" "$TMP/before"
status_is "a name has no capitals" 1 n new segment Berliners
status_is "a segment is not called like a field" 1 n new segment city
status_is "a name leads nowhere else" 1 n new newsletter ../x
status_is "another kind is a usage error" 2 n new letter x
status_is "a name is needed" 2 n new newsletter
done_testing
