#!/bin/sh
# t4020-corpus.sh - real replies, bounces and absences end as the right event
# for the right candidate, and without our token they touch no address
. "$(dirname "$0")/lib/lib.sh"

corpus=${NURTURE_CORPUS:-$tests/../../shared/corpus}
[ -f "$corpus/auto/LABELS.tsv" ] || skip_all "no corpus of labelled mail (NURTURE_CORPUS)"

people=60
NURTURE_NOW="2026-03-03 09:00"
export NURTURE_NOW
start_sink "$TMP/mail"
workspace "$TMP/ws"
sed -i "/holdout/d" "$TMP/ws/campaigns/backend-nurture/campaign.md"
people $people >"$TMP/people.csv"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
sql() { sqlite3 -separator ' ' "$DB" "$@"; }
n -q candidates import "$TMP/people.csv" >/dev/null 2>&1
n -q launch backend-nurture --yes=$people
n -q run
python3 "$tests/lib/corpus-mails.py" "$corpus" "$TMP/mail" "$TMP/in" >"$TMP/list"
count() { awk -F'\t' -v k="$1" '$2 ~ k' "$TMP/list" | wc -l; }
plan 13
is "there is one of each" "$(cut -f2 "$TMP/list" | sort -u | tr '\n' ' ')" "bounce ooo reply returned "

# What is left of a person: suppressed or not, where they are, until when.
state() {
    sql "SELECT c.email, s.reason, e.state, e.exit_reason,
          (SELECT max(until_at) FROM hold h WHERE h.candidate_id = c.candidate_id AND h.kind = 'out_of_office')
         FROM candidate c JOIN enrolment e USING (candidate_id)
         LEFT JOIN (SELECT DISTINCT address_hmac, reason FROM suppression) s ON s.address_hmac = c.address_hmac
         ORDER BY c.email"
}

# Without our token, from or about the very same people.
NURTURE_NOW="2026-03-10 09:30"
state >"$TMP/before"
status=0
while IFS='	' read -r i kind who rcpt date source; do
    n receive "$(echo "$rcpt" | sed 's/+[^@]*//')" <"$TMP/in/$i.bare.eml" || status=$?
    : "$kind $who $date $source"
done <"$TMP/list"
is "all are kept" $status 0
is "no address is suppressed" "$(sql 'SELECT count(*) FROM suppression')" 0
is "nobody bounced, nobody left the sequence" \
    "$(sql "SELECT count(*) FROM event WHERE kind = 'bounced'") $(sql "SELECT count(*) FROM enrolment WHERE state = 'exited'")" "0 0"
is "no mail of ours changed its state" "$(sql "SELECT state, count(*) FROM message WHERE kind = 'campaign' GROUP BY 1")" "sent $people"

# With it.
sql "DELETE FROM hold"
while IFS='	' read -r i kind who rcpt date source; do
    n receive "$rcpt" <"$TMP/in/$i.eml" || status=$?
    : "$kind $who $date $source"
done <"$TMP/list"
is "all of these are kept, too" $status 0
of() { awk -F'\t' -v k="^($1)$" '$2 ~ k { print $3 }' "$TMP/list" | sort; }
is "each bounce is the event of its candidate" \
    "$(sql "SELECT c.email FROM event e JOIN candidate c USING (candidate_id) WHERE e.kind = 'bounced' ORDER BY 1")" "$(of 'bounce|returned' )"
is "and suppresses that address" \
    "$(sql "SELECT c.email FROM suppression s JOIN candidate c ON c.address_hmac = s.address_hmac WHERE s.reason = 'bounced' ORDER BY 1")" "$(of 'bounce|returned')"
is "and ends the sequence" \
    "$(sql "SELECT c.email FROM enrolment e JOIN candidate c USING (candidate_id) WHERE e.exit_reason = 'bounced' ORDER BY 1")" "$(of 'bounce|returned')"
is "each reply is a row of its candidate" \
    "$(sql "SELECT c.email FROM reply r JOIN candidate c USING (candidate_id) WHERE r.message_id IS NOT NULL ORDER BY 1")" "$(of reply)"
is "and ends the sequence" \
    "$(sql "SELECT c.email FROM enrolment e JOIN candidate c USING (candidate_id) WHERE e.exit_reason IN ('replied', 'not_now', 'opted_out') ORDER BY 1")" "$(of reply)"
is "each absence holds until its date" \
    "$(sql "SELECT c.email, date(h.until_at / 1000 + 7200, 'unixepoch') FROM hold h JOIN candidate c USING (candidate_id) WHERE h.kind = 'out_of_office' ORDER BY 1")" \
    "$(awk -F'\t' '$2 == "ooo" { print $3, $5 }' "$TMP/list" | sort)"
is "and stays in the sequence" \
    "$(sql "SELECT c.email FROM enrolment e JOIN candidate c USING (candidate_id) JOIN hold h USING (candidate_id) WHERE h.kind = 'out_of_office' AND e.state IN ('active', 'waiting') ORDER BY 1")" "$(of ooo)"
done_testing
