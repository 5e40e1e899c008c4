#!/bin/sh
# match.sh [PEOPLE] - the CPU time and memory of ranking a pool for a role
#
# Invented people (1,000,000 if not said) are imported the way anybody's are;
# then the ranking is asked three times. CPU time, because wall time on a busy
# machine says nothing.
set -eu
people=${1:-1000000}
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export XDG_STATE_HOME="$dir/state" NURTURE_NOW="2026-03-03 09:00"
"$NURTURE" --no-input -q init "$dir/ws"
cd "$dir/ws"
mkdir -p roles
cat >fields.yaml <<'YAML'
fields:
  - name: seniority
    type: choice
    ordered: yes
    values: [junior, mid, senior, staff]
  - name: interest
    type: set
  - name: skill
    type: set
YAML
cat >roles/backend-berlin.md <<'ROLE'
---
title: Senior Backend Engineer
city: Berlin
url: https://jobs.kestrel.example/backend
salary: 78,000 to 95,000 EUR
interests: [backend, sre]
levels: [senior, staff]
countries: [DE, AT, CH]
skills: [go, PostgreSQL, Kubernetes]
recruiter: talent-team
closes: 2026-12-31
---
- A team of five.
ROLE
python3 "$here/pool.py" "$people" >"$dir/people.csv"
"$NURTURE" -q candidates import "$dir/people.csv" >/dev/null
rm "$dir/people.csv"
# A third has a score, a fifth applied before.
sqlite3 "$(find "$dir/state" -name nurture.db)" <<'SQL' >/dev/null
INSERT INTO score SELECT candidate_id, abs(random() % 100) * 3e7, 1, 0
 FROM candidate WHERE candidate_id % 3 = 0;
INSERT INTO application (src, remote_id, candidate_id, status, reached,
  applied_at, rejected_at, updated_at)
 SELECT 'ats', candidate_id, candidate_id, 'rejected',
  substr('applied  screen   interviewoffer', 1 + 9 * (candidate_id / 5 % 3), 9),
  1700000000000, 1710000000000, 0 FROM candidate WHERE candidate_id % 5 = 0;
UPDATE application SET reached = trim(reached);
SQL
for limit in 25 25 500; do
    python3 - "$NURTURE" "$limit" "$people" <<'PY'
import resource, subprocess, sys
program, limit, people = sys.argv[1:]
subprocess.run([program, "match", "backend-berlin", "--limit", limit],
               check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print("%s people, best %s: %.2f s CPU, %d MB at most"
      % (format(int(people), ","), limit, used.ru_utime + used.ru_stime,
         used.ru_maxrss // 1024))
PY
done
