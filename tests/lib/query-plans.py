"""query-plans.py DATABASE REASONS SOURCE.. - every SQL literal of the sources,
asked of SQLite's planner: which full scans of a large table are there that
REASONS lacks? Prints them, and how many statements were looked at.

query-plans.py DATABASE --plan PIECE SOURCE - the plan of one statement"""
import os
import re
import sqlite3
import sys

LARGE = {'message', 'candidate', 'event', 'hit', 'enrolment', 'consent', 'candidate_tag', 'score', 'attempt_past',
         'message_body', 'message_alias', 'suppression', 'application', 'candidate_address', 'hold'}
LITERALS = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*(?:/\*.*?\*/)?\s*"(?:[^"\\]|\\.)*")*', re.S)
VERB = re.compile(r'\s*(SELECT|UPDATE|INSERT|DELETE|WITH)\s')


def with_macros(text):
    """Literals that have names stand where they are used, those of our headers
    too."""
    for header in re.findall(r'(?m)^#include "(nurture/(?:[\w-]*clock|event)\.h)"$', text):
        with open(f'{os.path.dirname(__file__)}/../../include/{header}', encoding='utf-8') as f:
            text += f.read()
    text = text.replace('\\\n', ' ')
    macros = re.findall(r'(?m)^#define (\w+)\s+((?:"(?:[^"\\]|\\.)*"\s*)+)$', text)
    text = re.sub(r'(?m)^#.*$', '', text)
    for name, literal in macros:
        text = re.sub(r'\b%s\b' % name, lambda _: literal, text)
    return text


def statements(path):
    with open(path, encoding='utf-8') as f:
        text = with_macros(f.read())
    for found in LITERALS.finditer(text):
        sql = ''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', re.sub(r'/\*.*?\*/', '', found.group(), flags=re.S)))
        sql = sql.replace('\\n', '\n').replace('\\"', '"').replace('\\\\', '\\')
        if VERB.match(sql):
            yield sql


def aliases(sql):
    """What a scan may call a table."""
    names = {}
    for table, alias in re.findall(r'\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?', sql):
        names[table] = table
        if alias:
            names[alias] = table
    return names


def plan(database, sql):
    parameters = {name: None for name in re.findall(r':(\w+)', sql)}
    return database.execute('EXPLAIN QUERY PLAN ' + sql, parameters)


def scans(database, sql):
    names = aliases(sql)
    for row in plan(database, sql):
        scan = re.match(r'SCAN (\w+)', row[3])
        # a partial index that is scanned is as small as what it is for
        partial = re.search(r'message_(ready|owned|doubt)|event_bounced', row[3])
        if scan and not partial and names.get(scan.group(1), scan.group(1)) in LARGE:
            yield row[3]


def main():
    database = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)
    if sys.argv[2] == '--plan':
        sql = next((s for s in statements(sys.argv[4]) if sys.argv[3] in s), None)
        if not sql:
            sys.exit(f'{sys.argv[4]}: no statement with {sys.argv[3]}')
        print('; '.join(row[3] for row in plan(database, sql)))
        return
    with open(sys.argv[2], encoding='utf-8') as f:
        allowed = [line.split('\t')[0] for line in f.read().splitlines() if line and line[0] != '#']
    used, looked = set(), 0
    for path in sys.argv[3:]:
        for sql in statements(path):
            try:
                found = list(scans(database, sql))
            except sqlite3.Error:
                continue  # a piece of a longer one, or of another connection
            looked += 1
            reason = next((a for a in allowed if a in sql), None)
            if found and reason:
                used.add(reason)
            elif found:
                print(f'{path}: {"; ".join(found)}: {sql[:160]}')
    for a in allowed:
        if a not in used:
            print(f'no such scan any more: {a}', file=sys.stderr)
    print(looked, 'statements', file=sys.stderr)


main()
