#!/bin/sh
# t4025-report-digest.sh - a digest of delivery reports acts for each of them,
# once, and only when a server sent it
. "$(dirname "$0")/lib/lib.sh"

NURTURE_NOW="2026-03-03 09:00"
export NURTURE_NOW
start_sink "$TMP/mail"
workspace "$TMP/ws"
sed -i "/holdout/d" "$TMP/ws/campaigns/backend-nurture/campaign.md"
people 4 >"$TMP/people.csv"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
sql() { sqlite3 -separator ' ' "$DB" "$@"; }
n -q candidates import "$TMP/people.csv" >/dev/null 2>&1
n -q launch backend-nurture --yes=4
n -q run
plan 9

of() { tr -d '\r' <"$1" | sed -n '/^$/q; /^To:/s/.*[ <]\([^ <>]*@[^ <>]*\)>*$/\1/p'; }

# What a server reports about the mail in the file $1, with its header.
delivery_report() {
    b=report-$(of "$1")
    printf 'From: MAILER-DAEMON@mx.example.org\nTo: bounces@example.com\n'
    printf 'Message-ID: <%s>\nSubject: Undelivered Mail Returned to Sender\n' "$b"
    printf 'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="%s"\n\n' "$b"
    printf -- '--%s\nContent-Type: text/plain\n\nSorry.\n' "$b"
    printf -- '--%s\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n' "$b"
    printf 'Final-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.1\n' "$(of "$1")"
    printf -- 'Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n--%s\nContent-Type: text/rfc822-headers\n\n' "$b"
    tr -d '\r' <"$1" | sed '/^$/,$d'
    printf -- '\n--%s--\n' "$b"
}

# The reports on the mails $2..., from $1.
digest() {
    printf 'Return-Path: <%s>\nFrom: %s\nTo: bounces@example.com\nMessage-ID: <all@mx.example.org>\n' "$1" "${1:-MAILER-DAEMON@mx.example.org}"
    printf 'Subject: Delivery reports\nMIME-Version: 1.0\nContent-Type: multipart/digest; boundary="all"\n\n'
    shift
    for mail; do
        printf -- '--all\n\n'
        delivery_report "$mail"
        printf '\n'
    done
    printf -- '--all--\n'
}

set -- "$TMP"/mail/*.eml
is "there are four mails" $# 4
digest "" "$1" "$2" >"$TMP/digest.eml"
digest tom@partner.example "$3" "$4" >"$TMP/forwarded.eml"
want=$(for mail in "$1" "$2"; do of "$mail"; done | sort)
bounced() { sql "SELECT c.email FROM event e JOIN candidate c USING (candidate_id) WHERE e.kind = 'bounced' ORDER BY 1"; }
suppressed() { sql "SELECT c.email FROM suppression s JOIN candidate c USING (address_hmac) WHERE s.reason = 'bounced' ORDER BY 1"; }

is "inspect names both addresses" \
    "$(n inspect --json "$TMP/digest.eml" | python3 -c 'import json, sys; print("\n".join(sorted(r["address"] for r in json.load(sys.stdin)["recipients"])))')" "$want"

NURTURE_NOW="2026-03-03 10:00"
ok "a person's digest of reports is taken" n receive bounces@example.com <"$TMP/forwarded.eml"
is "and is nobody's bounce" "$(bounced)" ""
ok "a server's is taken" n receive bounces@example.com <"$TMP/digest.eml"
is "both addresses bounced" "$(bounced)" "$want"
is "and both are suppressed" "$(suppressed)" "$want"
n receive bounces@example.com <"$TMP/digest.eml"
delivery_report "$1" | n receive bounces@example.com
is "once, also when it comes again, together or alone" "$(bounced)" "$want"
is "nothing waits" "$(find "$TMP/ws" -path '*spool/new/*' -type f | wc -l)" 0
done_testing
