#!/bin/sh
# f50-others.sh - the rows that tests of `make check` hold by themselves: run
# them, and tell the table how many checks there were
. "$(dirname "$0")/lib.sh"

plan 11
# covered ROW TEST: a tNNNN-x.sh or a test_x
covered() {
    case $2 in
    *.sh) set -- "$1" "$2" sh "$TESTS/$2" ;;
    *) set -- "$1" "$2" "${NURTURE%/*}/tests/$2" --tap ;;
    esac
    number_of=$1 test=$2
    shift 2
    status=0
    failed=0
    (cd "$TESTS/.." && unset TESTS && exec "$@") >"$TMP/tap" 2>"$TMP/tap.err" || status=$?
    if grep -q '^1\.\.0 # SKIP' "$TMP/tap"; then
        skip "$test: $(sed -n 's/^1\.\.0 # SKIP //p' "$TMP/tap")"
        return
    fi
    ! grep -q '^not ok' "$TMP/tap" || status=1
    checks=$(grep -c '^ok ' "$TMP/tap" || true)
    [ "$checks" -gt 0 ] || status=1
    report $status "$test"
    [ $status = 0 ] || grep -v '^ok ' "$TMP/tap" | tail -20 | sed 's/^/# /'
    row "$number_of" "$test" "checks=$checks"
    any=$((any | failed))
}
skip() {
    number=$((number + 1))
    echo "ok $number # SKIP $1"
}
any=0
covered 1 test_delivery_faults
covered 4 t3310-disk-full.sh
covered 7 test_delivery_verbs
covered 7 t9011-smtp-sink.sh
covered 10 t3210-tls.sh
covered 11 test_slot
covered 11 test_window
covered 12 t9030-two-runs.sh
covered 13 t9040-deliver.sh
covered 18 t3130-schedule.sh
covered 20 t3300-restore.sh
failed=$any
done_testing
