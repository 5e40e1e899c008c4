#!/bin/sh
# t1910-migrations.sh - a database of any earlier version becomes what a new one
# is, and keeps what is in it
. "$(dirname "$0")/lib/lib.sh"
newest=$(find "$tests/../core/data" -name 'schema-*.sql' | wc -l)
plan $((2 * (newest - 1)))

SMTP_PORT=9
workspace "$TMP/ws"
people 1 >"$TMP/people.csv"
"$NURTURE" -C "$TMP/ws" -q candidates import "$TMP/people.csv" >/dev/null 2>&1
DB=$(find "$XDG_STATE_HOME" -name nurture.db)
python3 "$tests/lib/old-database.py" "$DB" | sed '/^candidate /d; / candidate_x_/d' >"$TMP/new"
version=1
while [ "$version" -lt "$newest" ]; do
    rm -f "$DB" "$DB-wal" "$DB-shm"
    python3 "$tests/lib/old-database.py" "$DB" "$version"
    "$NURTURE" -C "$TMP/ws" status >"$TMP/out" 2>&1
    python3 "$tests/lib/old-database.py" "$DB" | sed '/^candidate /d; / candidate_x_/d' >"$TMP/old"
    is "version $version: the schema is the newest" "$(diff "$TMP/new" "$TMP/old")" ""
    is "version $version: events are there, by their ids and keys" \
        "$(sqlite3 "$DB" "SELECT event_id, kind, at, coalesce(dedupe_key, '-') FROM event ORDER BY event_id" | tr '\n' ' ')" \
        "7|replied|1|once 9|sent|2|- "
    version=$((version + 1))
done
done_testing
