# shellcheck shell=sh
# hooks.sh - a workspace whose ATS reaches it by webhooks. Sourced after lib.sh.

# In the present folder: what every workspace has.
kestrel_workspace() {
    mkdir -p senders
    printf -- '---\nname: Team\nemail: team@mail.kestrel.example\n---\nThe team\n' >senders/team.md
    cat >nurture.yaml <<YAML
company: Kestrel Labs
time_zone: UTC
database: $TMP/ws.db
sending:
  domain: mail.kestrel.example
  fallback_sender: team
  bounces: bounces@mail.kestrel.example
  replies: replies@mail.kestrel.example
smtp:
  host: 127.0.0.1
legal:
  postal_address: Kestrel Labs, 1 Nest Road, Berlin
YAML
}

# The same with a hook for each of VENDORS, whose secret hook.py knows.
hooks_workspace() { # VENDOR..
    kestrel_workspace
    printf 'ats:\n  hooks:\n' >>nurture.yaml
    for v; do
        printf 's3cret-of-%s\n' "$v" >"$TMP/$v.secret"
        printf -- '    - name: %s\n      secret_from: file %s\n' "$v" "$TMP/$v.secret"
        case $v in
        lever | smartrecruiters)
            # shellcheck disable=SC2016,SC2154  # the command's shell reads it
            printf '      fetch: cat >%s/asked; cat "%s/data/ats/fetched/$NURTURE_EVENT.jsonl"\n' "$TMP" "$tests" ;;
        esac
    done >>nurture.yaml
}

sql() { sqlite3 "$TMP/ws.db" "$1"; }

# What was stored is understood by another thread: at most a minute later.
until_is() { # WANT QUERY
    i=0
    while [ "$(sql "$2")" != "$1" ] && [ $i -lt 1200 ]; do
        sleep 0.05
        i=$((i + 1))
    done
}
