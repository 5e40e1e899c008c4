#!/usr/bin/env python3
"""pool.py PEOPLE - a CSV of invented people for 'make bench-match'; the same
number gives the same bytes."""
import random
import sys

TITLES = ["Backend Engineer", "Frontend Engineer", "Data Engineer", "SRE",
          "Product Manager", "Designer", "Recruiter", "Sales Manager",
          "Engineering Manager", "Data Scientist", "Platform Engineer",
          "QA Engineer", "Security Engineer", "Office Manager", "Controller"]
SKILLS = ["go", "rust", "java", "python", "postgresql", "kubernetes", "kafka",
          "react", "c++", "terraform", "spark", "figma", "salesforce", "excel"]
INTERESTS = ["backend", "sre", "data", "frontend", "product", "design", "sales"]
LEVELS = ["junior", "mid", "senior", "staff"]
PLACES = [("DE", "Berlin"), ("DE", "Munich"), ("AT", "Vienna"),
          ("CH", "Zurich"), ("FR", "Paris"), ("PL", "Warsaw"), ("ES", "Madrid")]
NOTES = ["", "", "", "met at a conference, likes distributed systems",
         "asked about part time", "strong on postgresql and incident work"]


def main():
    rng = random.Random(7)
    out = sys.stdout
    out.write("email,first_name,last_name,country,city,language,job_title,"
              "seniority,interest,skill,notes,consent_at,consent_source\n")
    for i in range(int(sys.argv[1])):
        country, city = rng.choice(PLACES)
        interest = ";".join(rng.sample(INTERESTS, rng.randint(1, 2)))
        skill = ";".join(rng.sample(SKILLS, rng.randint(1, 3)))
        consent = ("2026-01-%02d" % (1 + i % 28), "job fair") \
            if rng.random() < 0.8 else ("", "")
        out.write(",".join([
            "p%d@pool.example" % i, "Ada", "Person", country, city,
            rng.choice(["de", "en", ""]), rng.choice(TITLES),
            rng.choice(LEVELS + [""]), interest, skill,
            '"%s"' % rng.choice(NOTES), *consent]) + "\n")


main()
