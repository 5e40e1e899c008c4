-- Migration 21. A person's candidate record and applications are taken from a
-- file together, jobs before them: nobody is seen before their application is.

CREATE TABLE ats_staged (             -- of a file that is being applied
  batch_id     BIGINT NOT NULL REFERENCES batch (batch_id),
  rank         INTEGER NOT NULL,     -- jobs, candidates, applications
  line         BIGINT NOT NULL,
  person       TEXT,                 -- the ATS's; NULL of a job
  fields       TEXT NOT NULL,        -- JSON
  PRIMARY KEY (batch_id, rank, line)
);
INSERT INTO ats_staged (batch_id, rank, line, fields)
  SELECT batch_id, CASE rank WHEN 0 THEN 1 WHEN 1 THEN 0 ELSE rank END, line,
  fields FROM ats_row;
DROP TABLE ats_row;
ALTER TABLE ats_staged RENAME TO ats_row;
CREATE INDEX ats_row_person ON ats_row (batch_id, person, rank, line);
