#!/bin/sh
# t1385-costs.sh - what sources cost, from a CSV: right, and wrong at a place
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"
# shellcheck source=tests/lib/hooks.sh
. "$(dirname "$0")/lib/hooks.sh"

export NURTURE_NOW="2026-03-03 09:00"
mkdir -p "$TMP/ws"
cd "$TMP/ws"
kestrel_workspace
printf 'email\nanna@example.org\n' >"$TMP/p.csv"
"$NURTURE" -q candidates import "$TMP/p.csv" >/dev/null
plan 20

refused() { # NAME WANT TEXT: not imported, with WANT behind the file's name
    # shellcheck disable=SC2059  # the text is a format
    printf "$3" >"$TMP/c.csv"
    status=0
    "$NURTURE" costs import "$TMP/c.csv" >"$TMP/out" 2>"$TMP/err" || status=$?
    is "$1" "$status $(cat "$TMP/err")" "1 nurture: $TMP/c.csv:$2"
}
head='source,month,amount,currency\n'
refused "an empty file" "1:1: the file is empty: its first line names the columns" ''
refused "a column that is missing" \
    "1:1: there is no column 'currency'; a file of costs has source,month,amount,currency" \
    'source,month,amount\nx,2026-01,3\n'
refused "a column that is there twice" "1:4: a second column 'amount'; leave one out" \
    'source,month,amount,Amount,currency\nx,2026-01,1,2,EUR\n'
refused "a month that is none" "3:2: '2026-13' is not a month; write it like 2026-03; nothing was imported" \
    "${head}LinkedIn,2026-12,1,EUR\nLinkedIn,2026-13,1,EUR\n"
refused "an amount with a comma for a point" "2:3: '1,50' is not an amount; write it like 1234.50; nothing was imported" \
    "${head}LinkedIn,2026-01,\"1,50\",EUR\n"
refused "or below nothing" "2:3: '-5' is not an amount; write it like 1234.50; nothing was imported" \
    "${head}LinkedIn,2026-01,-5,EUR\n"
refused "a currency that is none" "2:4: 'eur' is not a currency; write it like EUR; nothing was imported" \
    "${head}LinkedIn,2026-01,1,eur\n"
refused "two currencies" \
    "3:4: costs are added up, so all are in one currency, and those before are in EUR, not USD; nothing was imported" \
    "${head}LinkedIn,2026-01,1,EUR\nLinkedIn,2026-02,1,USD\n"
refused "two amounts for one month" \
    "3:2: 'LinkedIn' has an amount for 2026-01 in line 2; write their sum once; nothing was imported" \
    "${head}LinkedIn,2026-01,1,EUR\nLinkedIn,2026-01,2,EUR\n"
refused "no source" "2:1: a source is 1 to 200 bytes; nothing was imported" "${head},2026-01,1,EUR\n"
refused "too few cells" "2:1: 2 cells, but the first row names 4 columns; nothing was imported" "${head}LinkedIn,2026-01\n"
refused "a quote that is never closed" "2:3: the quote opened here is never closed; nothing was imported" \
    "${head}LinkedIn,2026-01,\"1\n"
refused "what is no text" "2:1: not UTF-8 text; nothing was imported" "${head}\\377,2026-01,1,EUR\n"
refused "UTF-16" '1:1: this file is UTF-16: save it as "CSV UTF-8"' '\377\376s\0'
is "nothing came of it" "$("$NURTURE" costs list)" ""
printf '\357\273\277Source;Month;Amount;Currency\r\nLinkedIn;2026-01;1,234.50;EUR\r\nMüller & Söhne;2026-01;12,345,678;EUR\r\n' >"$TMP/c.csv"
is "a dry run counts" "$("$NURTURE" costs import --dry-run "$TMP/c.csv")" \
    "2 new, 0 changed, 0 unchanged, together 12,346,912.50 EUR; nothing was written"
is "and an import imports" "$("$NURTURE" costs import "$TMP/c.csv")" \
    "2 new, 0 changed, 0 unchanged, together 12,346,912.50 EUR"
is "whoever did it is written down" "$(sqlite3 "$TMP/ws.db" "SELECT object FROM audit WHERE action = 'costs import'")" "$TMP/c.csv"
ok "one is taken back" "$NURTURE" costs remove LinkedIn 2026-01
is "and no more of it is there" "$("$NURTURE" costs list | grep -c LinkedIn)" 0
exit $failed
