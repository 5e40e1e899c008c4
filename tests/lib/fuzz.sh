#!/bin/sh
# fuzz.sh SECONDS BINARY... - run each fuzz target on its corpus
#
# A corpus is tests/data/fuzz/TARGET/, for whole mails tests/data/inbound/; what
# a run finds stays in build/fuzz/. FUZZ_SEED makes a run that can be repeated.
set -eu
seconds=$1
shift
failed=
for bin in "$@"; do
    name=${bin##*/}
    found=build/fuzz/corpus/$name
    seeds=tests/data/fuzz/$name
    [ "$name" = fuzz_inbound ] && seeds=tests/data/inbound
    mkdir -p "$found"
    [ -d "$seeds" ] || seeds=
    echo "# $name"
    # shellcheck disable=SC2086  # seeds is one word or none
    if ! ASAN_OPTIONS=allocator_may_return_null=1 "$bin" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -max_len=65536 -print_final_stats=0 -verbosity=0 -seed="${FUZZ_SEED:-0}" \
        -artifact_prefix="build/fuzz/$name-" "$found" $seeds >"build/fuzz/$name.log" 2>&1
    then
        tail -40 "build/fuzz/$name.log"
        failed="$failed $name"
    fi
done
[ -z "$failed" ] || { echo "# failed:$failed (build/fuzz/*.log)"; exit 1; }
