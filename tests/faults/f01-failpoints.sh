#!/bin/sh
# f01-failpoints.sh - killed at each point of mta/failpoint.h, with hold and
# with resend, by DATA and by a window
. "$(dirname "$0")/lib.sh"

points="claim.pre claim.post mark.pre mark.post reply.got result.pre result.post"
n_at() { # POINT
    env NURTURE_TESTING=1 NURTURE_FAILPOINT="$1" NURTURE_ANSWERS_APART=$apart "$NURTURE" -q -C "$ws" run
}
people=12
plan 28
for policy in hold resend; do
    kills=0 accepted=0 doubled=0 doubt=0
    for window in 0 4; do
        apart=$((window > 0 ? 1 : 100)) # connections; there are two
        for point in $points; do
            queued "$policy-$window-$point" $people $policy
            set_smtp window $window
            to_sink "$policy-$window-$point.mail" --chunking
            status=0
            { n_at $point || status=$?; } 2>/dev/null # the shell says "Killed"
            [ $status != 137 ] || kills=$((kills + 1))
            n -q run
            if [ $policy = resend ]; then
                NURTURE_NOW=$(date -d "+2 hours" '+%Y-%m-%d %H:%M') "$NURTURE" -q -C "$ws" run
            fi
            # at most what was on the way: a connection's, or its window's
            most=$((window > 0 ? 2 * window : 2))
            [ $policy = hold ] || most=0
            oracle "$policy, window $window, $point" $most "$TMP/$policy-$window-$point.mail.log"
            for figure in $figures; do
                case $figure in
                accepted=*) accepted=$((accepted + ${figure#*=})) ;;
                doubled=*) doubled=$((doubled + ${figure#*=})) ;;
                doubt=*) doubt=$((doubt + ${figure#*=})) ;;
                esac
            done
            kill "$SINK_PID"
        done
    done
    [ $policy = resend ] || [ $doubled = 0 ] || failed=1
    [ $kills = 14 ] || failed=1
    row 1 "$policy" "kills=$kills accepted=$accepted lost=0 doubled=$doubled doubt=$doubt false=0"
done
done_testing
