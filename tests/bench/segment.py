#!/usr/bin/env python3
"""segment.py - a segment with three joins' worth of conditions over a million
people, beside the bare SQL that asks the same

Prints `name value unit` a line; processor time, the best of three each.

  BENCH_PEOPLE  how many (1000000)
"""
import glob
import os

import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NURTURE = os.environ.get('NURTURE', ROOT + '/build/nurture')
PEOPLE = int(os.environ.get('BENCH_PEOPLE', 1000000))
TMP = tempfile.mkdtemp(prefix='nurture-bench-')
ENV = dict(os.environ, HOME=TMP, XDG_STATE_HOME=TMP + '/state')
SEGMENT = 'country = DE and interest has backend and clicked and not replied'
BARE = """SELECT count(*) FROM candidate c WHERE c.country = 'DE'
  AND EXISTS (SELECT 1 FROM candidate_tag t WHERE t.candidate_id = c.candidate_id
   AND t.field = 'interest' AND t.value = 'backend')
  AND EXISTS (SELECT 1 FROM event e WHERE e.candidate_id = c.candidate_id AND e.kind = 'clicked' AND e.machine = 0)
  AND NOT EXISTS (SELECT 1 FROM event e WHERE e.candidate_id = c.candidate_id
   AND e.kind = 'replied' AND e.machine = 0)"""
FILL = f"""BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {PEOPLE})
INSERT INTO candidate (candidate_id, email, email_key, address_hmac, country, source, added, updated_at)
SELECT 1000 + i, 'p' || i || '@example.org', 'p' || i, 'h' || i, CASE i % 4 WHEN 0 THEN 'FR' ELSE 'DE' END,
  'csv', 1740000000000, 0 FROM n;
INSERT INTO candidate_tag (candidate_id, field, value)
SELECT candidate_id, 'interest', CASE candidate_id % 3 WHEN 0 THEN 'sre' ELSE 'backend' END FROM candidate;
INSERT INTO event (candidate_id, kind, at)
SELECT candidate_id, 'clicked', 1741000000000 FROM candidate WHERE candidate_id % 2 = 0;
INSERT INTO event (candidate_id, kind, at)
SELECT candidate_id, 'replied', 1742000000000 FROM candidate WHERE candidate_id % 10 = 0;
COMMIT;"""


def timed(command):
    best, text = None, ''
    for _ in range(3):
        child = subprocess.Popen(command, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        text = child.stdout.read()
        _, status, use = os.wait4(child.pid, 0)
        child.returncode = status
        if status != 0:
            sys.exit(f'bench: {command[0]} ended with {status}')
        cpu = use.ru_utime + use.ru_stime
        best = cpu if best is None else min(best, cpu)
    return best, text


try:
    subprocess.run([NURTURE, '--no-input', '-q', 'init', TMP + '/ws'], env=ENV, check=True)
    with open(TMP + '/one.csv', 'w') as f:
        f.write('email,first_name\nanna@example.org,Anna\n')
    subprocess.run([NURTURE, '-q', '-C', TMP + '/ws', 'candidates', 'import', TMP + '/one.csv'], env=ENV, check=True,
                   stdout=subprocess.DEVNULL)
    db = glob.glob(TMP + '/state/**/nurture.db', recursive=True)[0]
    subprocess.run(['sqlite3', db, FILL], check=True)
    bare, count = timed(['sqlite3', db, BARE])
    ours, told = timed([NURTURE, '-C', TMP + '/ws', 'segment', 'who', SEGMENT, '--sample', '1'])
    if f'{int(count):,}' not in told and count.strip() not in told:
        sys.exit(f'bench: SQL counts {count.strip()}, the segment says:\n{told}')
    print(f'segment-bare-sql {bare * 1000:.0f} ms')
    print(f'segment {ours * 1000:.0f} ms')
    print(f'segment:bare-sql {ours / bare:.2f} a/b')
finally:
    shutil.rmtree(TMP)
