# lib.sh - for tests/faults/f*.sh: an outbox that is queued, the oracle, and a
# line for the table of docs/RELIABILITY.md
#
# shellcheck shell=sh
TESTS=$(cd "$(dirname "$0")/.." && pwd)
faults=$TESTS/faults
. "$TESTS/lib/lib.sh"

n() { "$NURTURE" -C "$ws" "$@"; }
sql() { sqlite3 -separator ' ' -cmd '.timeout 30000' "$DB" "$1"; }
# states: "sent 3 in_doubt 1"
states() { sql "SELECT state, count(*) FROM message GROUP BY 1 ORDER BY 1" | tr '\n' ' ' | sed 's/ $//'; }
set_smtp() { # NAME VALUE: in nurture.yaml
    sed -i -e "/^  $1: [0-9]/d" -e "s/^smtp:/smtp:\\n  $1: $2/" "$ws/nurture.yaml"
}
# to_sink NAME [OPTION..]: a sink whose mail is $TMP/NAME.log, and the
# workspace sends to it
to_sink() {
    sink_name=$1
    shift
    start_sink "$TMP/$sink_name" "$@"
    [ -z "${ws:-}" ] || set_smtp port "$SMTP_PORT"
}
# queued NAME PEOPLE [hold|resend]: a workspace in which one mail for each is
# in the outbox and none has left
queued() {
    ws=$TMP/$1 planned=$2
    XDG_STATE_HOME=$TMP/$1.state
    export XDG_STATE_HOME
    SMTP_PORT=9 workspace "$ws"
    sed -i "s/^status: ready/status: ready\\non_doubt: ${3:-hold}/" "$ws/campaigns/engineering-update.md"
    people "$planned" >"$TMP/people.csv"
    n -q candidates import "$TMP/people.csv" >"$TMP/setup" 2>&1
    n -q launch engineering-update "--yes=$planned"
    n -q run 2>>"$TMP/setup" || true # nobody listens on port 9
    DB=$(find "$XDG_STATE_HOME" -name nurture.db)
}
# oracle NAME DOUBTS-AT-MOST LOG..: one check; $figures is what it found
oracle() {
    name=$1 doubt_max=$2
    shift 2
    status=0
    figures=$(python3 "$faults/oracle.py" "$DB" "$@" --planned "$planned" --doubt-max "$doubt_max" 2>"$TMP/oracle") || status=$?
    report $status "$name ($figures)"
    sed 's/^# */# /' "$TMP/oracle"
}
# row NUMBER WHAT FIGURES: to the table, unless a check failed
row() {
    echo "# row $1: $2: $3"
    [ -z "${FAULTS_RESULTS:-}" ] || printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$([ $failed = 0 ] && echo held || echo BROKEN)" "$3" >>"$FAULTS_RESULTS"
}
# until_sql SQL: until it answers 1, at most 30 s
until_sql() {
    waits=0
    while [ "$(sql "$1")" != 1 ] && [ $waits -lt 600 ]; do
        sleep 0.05
        waits=$((waits + 1))
    done
    [ $waits -lt 600 ]
}
