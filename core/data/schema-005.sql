-- Migration 5. The applicant tracking system: who somebody is there, what
-- arrives from it and what goes back to it.

ALTER TABLE job ADD COLUMN department TEXT;
ALTER TABLE job ADD COLUMN locations TEXT;          -- joined by U+001F
ALTER TABLE job ADD COLUMN seniority TEXT;
ALTER TABLE job ADD COLUMN url TEXT;
ALTER TABLE job ADD COLUMN recruiter_email TEXT;
ALTER TABLE job ADD COLUMN opened_at BIGINT;
ALTER TABLE job ADD COLUMN closed_at BIGINT;

ALTER TABLE application ADD COLUMN candidate_remote TEXT;  -- the ATS's ids, for
ALTER TABLE application ADD COLUMN job_remote TEXT;        -- what comes later
ALTER TABLE application ADD COLUMN stage TEXT;             -- in its own words
ALTER TABLE application ADD COLUMN stage_at BIGINT;
ALTER TABLE application ADD COLUMN reject_reason TEXT;
ALTER TABLE application ADD COLUMN reject_by TEXT;         -- us | candidate
ALTER TABLE application ADD COLUMN credited_to TEXT;
ALTER TABLE application ADD COLUMN orig_status TEXT;
CREATE INDEX application_remote ON application (src, candidate_remote);
CREATE INDEX application_job ON application (src, job_remote);

CREATE TABLE ats_identity (          -- a candidate record of an ATS
  src          TEXT NOT NULL,
  remote_id    TEXT NOT NULL,
  candidate_id BIGINT REFERENCES candidate (candidate_id),  -- NULL: not known
  updated_at   BIGINT NOT NULL,
  deleted_at   BIGINT,               -- gone there; erased here after a while
  merged_into  TEXT,                 -- another remote_id
  raw          TEXT,
  PRIMARY KEY (src, remote_id)
);
CREATE INDEX ats_identity_of ON ats_identity (candidate_id);
CREATE INDEX ats_identity_gone ON ats_identity (deleted_at)
  WHERE deleted_at IS NOT NULL;

CREATE TABLE ats_conflict (          -- may be this person too: a human decides
  src          TEXT NOT NULL,
  remote_id    TEXT NOT NULL,
  candidate_id BIGINT NOT NULL REFERENCES candidate (candidate_id),
  at           BIGINT NOT NULL,
  PRIMARY KEY (src, remote_id, candidate_id)
);
CREATE INDEX ats_conflict_of ON ats_conflict (candidate_id);

CREATE TABLE ats_row (               -- of a file that is being applied
  batch_id     BIGINT NOT NULL REFERENCES batch (batch_id),
  rank         INTEGER NOT NULL,     -- candidates, jobs, applications
  line         BIGINT NOT NULL,
  fields       TEXT NOT NULL,        -- JSON
  PRIMARY KEY (batch_id, rank, line)
);

ALTER TABLE hold ADD COLUMN origin TEXT;            -- what it can be lifted by
ALTER TABLE candidate ADD COLUMN merged_into BIGINT;
ALTER TABLE candidate_address ADD COLUMN address_hmac TEXT;

CREATE TABLE hook_inbox (            -- webhooks, stored before they are answered
  hook_id     BIGINT PRIMARY KEY,
  hook        TEXT NOT NULL,         -- /hooks/NAME
  event_key   TEXT NOT NULL,         -- the same event twice is one
  received_at BIGINT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('new','done','ignored','failed')),
  tries       INTEGER NOT NULL DEFAULT 0,
  event       TEXT,                  -- its name
  error       TEXT,
  done_at     BIGINT,
  body        BYTEA,                 -- NULL once it has been understood
  UNIQUE (hook, event_key)
);
CREATE INDEX hook_inbox_waiting ON hook_inbox (hook_id) WHERE state = 'new';

ALTER TABLE webhook_out ADD COLUMN receiver TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook_out ADD COLUMN error TEXT;
ALTER TABLE webhook_out ADD COLUMN done_at BIGINT;
CREATE UNIQUE INDEX webhook_out_once ON webhook_out (receiver, event_id);
CREATE INDEX webhook_out_due ON webhook_out (next_at) WHERE state = 'waiting';
