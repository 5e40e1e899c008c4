# serve.sh - for tests that talk to nurture serve; source it
#
# Sets $work (removed at exit), and $server and $base while a server runs.
# shellcheck shell=sh
: "${NURTURE:=$(pwd)/build/nurture}"
work=$(mktemp -d)
server=
serve_clean() {
    [ -z "$server" ] || kill -9 "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap serve_clean EXIT
trap 'exit 1' INT TERM

serve_workspace() {
    cat >"$work/nurture.yaml" <<END
company: Kestrel Labs
time_zone: Europe/Berlin
database: $work/nurture.db
sending:
  domain: mail.kestrel.example
  bounces: bounces@mail.kestrel.example
  replies: replies@mail.kestrel.example
smtp:
  host: smtp.kestrel.example
legal:
  postal_address: Torstrasse 1, 10119 Berlin
tracking:
  base_url: https://t.kestrel.example
END
    mkdir "$work/senders"
    cat >"$work/senders/anna.md" <<END
---
name: Anna Schmidt
email: anna@mail.kestrel.example
---

Anna
END
    : >"$work/nurture.db"
    umask 077
    echo "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" >"$work/keys"
}

# One candidate who consented to click tracking, with one mail.
serve_fixture() {
    sqlite3 "$work/nurture.db" "
INSERT INTO candidate (candidate_id, email, email_key, address_hmac, added, updated_at)
  VALUES (1, 'kim@x.example', 'kim@x.example', 'hmac1', 0, 0);
INSERT INTO consent (candidate_id, purpose, state, at)
  VALUES (1, 'mail', 'given', 1), (1, 'click_tracking', 'given', 1);
INSERT INTO link VALUES ('set', 1, 'https://jobs.example/1');
INSERT INTO message (message_id, kind, dedupe_key, candidate_id, campaign, cycle,
  step, language, link_set, rcpt, rcpt_hmac, rcpt_domain, state, not_before,
  not_after, sent_at, created_at, updated_at)
  VALUES ('aebagbafaydqqcik', 'campaign', 'x', 1, 'spring', 1, 'one', 'en', 'set',
  'kim@x.example', 'hmac1', 'x.example', 'sent', 0, 1, 1000, 0, 0);"
}

# serve_token KIND LINK [KEY] - a web token for the mail of the fixture
serve_token() {
    python3 "${TESTS:-$(dirname "$0")}/lib/webtoken.py" "$work/keys" aebagbafaydqqcik "$1" "$2" "${3:-1}"
}

# Wait, at most 20 s, until a file has so many lines.
serve_wait_lines() {
    tries=0
    until [ "$({ wc -l <"$1" || echo 0; } 2>/dev/null)" -ge "$2" ]; do
        tries=$((tries + 1))
        [ $tries -lt 400 ] || return 1
        sleep 0.05
    done
}

serve_start() {
    rm -f "$work/ready"
    "$NURTURE" -C "$work" serve --listen 127.0.0.1:0 \
        --once-ready-file "$work/ready" >"$work/out" 2>"$work/err" &
    server=$!
    if ! serve_wait_lines "$work/ready" 1; then
        sed 's/^/# /' "$work/err"
        exit 1
    fi
    # shellcheck disable=SC2034  # for the test
    base=$(cat "$work/ready")
}

# SIGTERM; the exit status is the server's.
serve_stop() {
    kill -TERM "$server"
    status=0
    wait "$server" || status=$?
    server=
    return $status
}
