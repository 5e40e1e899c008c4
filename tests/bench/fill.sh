#!/bin/sh
# fill.sh BENCH_FILL - compile and fill the example's mails for 20,000 people,
# and refuse the Markdown that takes libcmark minutes
set -eu
NURTURE=${NURTURE:-$PWD/build/nurture}
TMP=$(mktemp -d)
export XDG_STATE_HOME="$TMP/state" HOME="$TMP"
trap 'rm -rf "$TMP"' EXIT
"$NURTURE" --no-input -q init "$TMP/ws"
awk 'BEGIN {
    split("Anna Björn Chloé David Eva Farid Güler Hana", first, " ")
    split("senior staff mid", level, " ")
    print "email,first_name,last_name,country,city,job_title,employer,seniority,interest,open_to_work,source,consent_at,consent_source"
    for (i = 1; i <= 20000; i++)
        printf "p%d@example.org,%s,Berg %d,DE,Berlin,Backend Engineer,ACME & Sons,%s,backend;sre,no,fair,2026-01-05,you joined our talent community\n",
            i, i % 7 ? first[i % 8 + 1] : "", i, level[i % 3 + 1] }' >"$TMP/people.csv"
"$NURTURE" -q -C "$TMP/ws" candidates import "$TMP/people.csv" >/dev/null
"$1" "$TMP/ws"

# Each must end in an error within 100 ms of processor time, start included.
python3 - "$NURTURE" "$TMP/ws" <<'PY'
import os, resource, subprocess, sys
nurture, ws = sys.argv[1:]
hostile = {
    "nested-lists": "- " * 8000 + "x" + "\n" * 8000,
    "nested-lists-60k": "- " * 30000 + "x",
    "nested-quotes": ">" * 8000 + "a*" * 8000,
    "nested-images": "![[]()" * 10000,
    "nested-links": "[" * 30000 + "a" + "](x)" * 7000,
    "emphasis": "*a **b " * 4000 + "b** a*" * 4000,
    "open-tags": "{{ " * 20000,
    "open-blocks": "{% if city = Berlin %}" * 2500,
    "backticks": "".join("`" * n + " " for n in range(1, 340)),
    "references": "".join("[%d]: /x\n" % n for n in range(5000)),
    "huge": "word " * 400000,
}
slow = 0
for name, text in hostile.items():
    path = os.path.join(ws, "campaigns", name + ".md")
    with open(path, "w") as f:
        f.write("---\nname: H\nstatus: draft\naudience: everyone\nfrom: recruiter\n"
                "subject: Hello\npreheader: There\n---\n" + text + "\n")
    best = 1e9
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        status = subprocess.run([nurture, "-C", ws, "check", name], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL).returncode
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    os.remove(path)
    bad = best > 0.1 or status not in (0, 1)
    slow += bad
    print("hostile-%s %.0f ms, status %d%s" % (name, best * 1000, status, "  TOO SLOW" if bad else ""))
sys.exit(slow > 0)
PY
