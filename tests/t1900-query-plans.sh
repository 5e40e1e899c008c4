#!/bin/sh
# t1900-query-plans.sh - no statement reads all of a large table unasked, and
# delivery's go by the indexes that are meant for them
. "$(dirname "$0")/lib/lib.sh"
plan 10

SMTP_PORT=9
workspace "$TMP/ws"
people 3 >"$TMP/people.csv"
"$NURTURE" -C "$TMP/ws" -q candidates import "$TMP/people.csv" >/dev/null 2>&1
DB=$(find "$XDG_STATE_HOME" -name nurture.db)
cd "$tests/.." || exit 1
# Charts and analyses are about all of it.
all() {
    set --
    for f in core/*.c campaigns/*.c mta/*.c tracking/*.c; do
        case $f in tracking/desk* | tracking/analytics*) ;; *) set -- "$@" "$f" ;; esac
    done
    python3 tests/lib/query-plans.py "$DB" tests/data/query-scans.tsv "$@"
}
is "every scan of a large table has a reason" "$(all 2>"$TMP/looked")" ""
ok "hundreds of statements were looked at" test "$(sed -n 's/ statements$//p' "$TMP/looked")" -gt 300

# goes_by NAME SOURCE PIECE INDEX: and sorts nothing
goes_by() {
    got=$(python3 tests/lib/query-plans.py "$DB" --plan "$3" "$2")
    case $got in
    *"TEMP B-TREE FOR ORDER"*) is "$1" "$got" "nothing sorted" ;;
    *"$4"*) report 0 "$1" ;;
    *) is "$1" "$got" "$4" ;;
    esac
}
goes_by "due mail is found in order" mta/claim.c "ORDER BY m.priority" "USING INDEX message_ready"
goes_by "due steps are found in order" campaigns/agenda.c "SELECT candidate_id, cycle, snapshot" "USING INDEX enrolment_due (campaign=? AND state=? AND due_at<?)"
goes_by "eligibility looks at one person" core/eligibility.c "EXISTS (SELECT 1 FROM suppression s" "SEARCH c USING INTEGER PRIMARY KEY"
goes_by "so does the cap" core/eligibility.c "SELECT coalesce(sent_at, updated_at)" "USING INDEX message_of (candidate_id=?)"
goes_by "the gate looks at one enrolment" mta/mark.c "SELECT c.state, c.is_sequence" "SEARCH e USING INDEX sqlite_autoindex_enrolment_1 (candidate_id=? AND campaign=? AND cycle=?)"
goes_by "the mark looks at one message" mta/mark.c "UPDATE message SET state = 'committing'" "SEARCH message USING INDEX sqlite_autoindex_message_1 (message_id=?)"
goes_by "what a dead worker held is found by its name" mta/worker.c "SELECT message_id, attempt FROM message" "USING INDEX message_owned (owner=?)"
goes_by "the events of a message are found by it" tracking/hit_review.c "SELECT e.event_id, e.candidate_id, e.kind" "USING INDEX event_message (message_id=? AND rowid<?)"
done_testing
