"""old-database.py FILE VERSION - a database as nurture of that schema left it,
with an event that has a key and one that has none

old-database.py FILE - its schema, in an order that does not depend on how it
came about"""
import glob
import os
import sqlite3
import sys

DATA = os.path.dirname(os.path.abspath(__file__)) + '/../../core/data/schema-*.sql'

database = sqlite3.connect(sys.argv[1])
if len(sys.argv) == 2:
    for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"):
        columns = sorted(row[1:] for row in database.execute('SELECT * FROM pragma_table_info(?)', (name,)))
        print(name, columns)
    for row in database.execute("SELECT name, sql FROM sqlite_schema WHERE type <> 'table' ORDER BY name"):
        print(*row)
    sys.exit()
for path in sorted(glob.glob(DATA))[:int(sys.argv[2])]:
    with open(path, encoding='utf-8') as f:
        sql = f.read()
    # as core/schema.c does
    for portable, own in (('DOUBLE PRECISION', 'REAL'), ('BIGINT', 'INTEGER'), ('BYTEA', 'BLOB'), ('\n);\n', '\n) STRICT;\n')):
        sql = sql.replace(portable, own)
    database.executescript(sql)
database.executescript(f"PRAGMA user_version = {sys.argv[2]}; PRAGMA journal_mode = WAL;"
                       "INSERT INTO event (event_id, kind, at, dedupe_key) VALUES (7, 'replied', 1, 'once'), (9, 'sent', 2, NULL)")
