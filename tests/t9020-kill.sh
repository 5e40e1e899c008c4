#!/bin/sh
# t9020-kill.sh - kill -9 at random moments: nobody is lost, nobody doubled
. "$(dirname "$0")/lib/lib.sh"
plan 6

people=2000
start_sink "$TMP/mail" --latency 20 --chunking
workspace "$TMP/ws"
people $people >"$TMP/people.csv"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
ok "import" n -q candidates import "$TMP/people.csv"
ok "launch" n launch engineering-update --yes=$people -q

# Twenty kills, each after 0.02 to 0.4 s; the same moments in every run. From
# the eleventh on several messages of a connection are on the way at once.
interrupted=0
i=1
while [ $i -le 20 ]; do
    [ $i != 11 ] || sed -i "s/^smtp:/smtp:\\n  window: 4/" "$TMP/ws/nurture.yaml"
    "$NURTURE" -C "$TMP/ws" -q run 2>/dev/null &
    pid=$!
    sleep "$(awk -v i=$i 'BEGIN { printf "%.2f", 0.02 + (i * 37 % 20) / 50 }')"
    kill -9 $pid 2>/dev/null || true
    status=0
    wait $pid 2>/dev/null || status=$?
    [ $status = 137 ] && interrupted=$((interrupted + 1))
    i=$((i + 1))
done
killed=$(wc -l <"$TMP/mail.log")
is "every kill came while mail was on its way" $interrupted 20
sed -i "s/^smtp:/smtp:\\n  connections: 8/" "$TMP/ws/nurture.yaml"
n -q run

sed 's/.* to=<\([^>]*\)>.*/\1/' "$TMP/mail.log" | sort >"$TMP/accepted"
is "nobody got it twice" "$(uniq -d "$TMP/accepted")" ""
sqlite3 "$DB" "SELECT rcpt FROM message WHERE state = 'in_doubt'" | sort >"$TMP/doubt"
sqlite3 "$DB" "SELECT rcpt FROM message WHERE state = 'sent'" | sort >"$TMP/sent"
is "every mail is sent or in doubt" "$(cat "$TMP/sent" "$TMP/doubt" | wc -l)" "$people"
# Accepted = sent + those in doubt that did arrive.
missing=$(comm -13 "$TMP/accepted" "$TMP/sent" | wc -l)
foreign=$(cat "$TMP/sent" "$TMP/doubt" | sort | comm -23 "$TMP/accepted" - | wc -l)
is "no 'sent' without the catcher's line, no line without 'sent' or 'in doubt'" "$missing $foreign" "0 0"
echo "# $killed of $people accepted when the last kill came; $(wc -l <"$TMP/doubt") in doubt"
done_testing
