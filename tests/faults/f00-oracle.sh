#!/bin/sh
# f00-oracle.sh - the oracle of the other scripts notices what it is for
. "$(dirname "$0")/lib.sh"

plan 11
queued well 8
to_sink well.mail
n -q run
oracle "all is well" 0 "$TMP/well.mail.log"
# notices INVARIANT SQL [SED-EXPRESSION-FOR-THE-LOG]: in copies of both
notices() {
    sqlite3 "$DB" ".backup $TMP/copy.db"
    sqlite3 "$TMP/copy.db" "PRAGMA ignore_check_constraints = 1; $2"
    sed "${3:-}" "$TMP/well.mail.log" >"$TMP/copy.log"
    status=0
    python3 "$faults/oracle.py" "$TMP/copy.db" "$TMP/copy.log" --planned 8 >/dev/null 2>"$TMP/said" || status=$?
    ok "$1 is noticed ($(head -1 "$TMP/said"))" test "$status" = 1 -a -n "$(sed -n "s/^# $1:/&/p" "$TMP/said")"
}
one="message_id = (SELECT min(message_id) FROM message WHERE kind = 'campaign')"
notices I1 "DELETE FROM message WHERE $one"
notices I2 "" 3p
notices I3 "" 3d
notices I4 "UPDATE message SET state = 'cancelled' WHERE $one"
notices I5 "UPDATE message SET state = 'claimed', owner = 'x' WHERE $one"
notices I7 "INSERT INTO suppression (address_hmac, scope, reason, at) SELECT rcpt_hmac, 'all', 'opted_out', 1 FROM message WHERE $one"
notices I8 "UPDATE message SET not_before = dot_at + 1 WHERE $one"
notices I9 "UPDATE message SET attempt = 2 WHERE $one; UPDATE message SET claimed_at = NULL WHERE $one"
notices "in the end nobody waits but who is on hold" "UPDATE message SET state = 'deferred' WHERE $one"
notices "doubts within their limit" "UPDATE message SET state = 'in_doubt' WHERE $one"
done_testing
