-- Migration 1. Portable: BIGINT and DOUBLE PRECISION become INTEGER and REAL
-- on SQLite, where every table is STRICT as well. Times are UTC milliseconds.
-- Append-only: a change of the schema is a new file.

-- People ------------------------------------------------------------------

CREATE TABLE batch (                 -- one import, sync or other bulk change
  batch_id    BIGINT PRIMARY KEY,
  kind        TEXT NOT NULL,         -- import
  source      TEXT NOT NULL,         -- file name
  state       TEXT NOT NULL CHECK (state IN ('open','closed','undone')),
  started_at  BIGINT NOT NULL,
  closed_at   BIGINT,
  added       BIGINT NOT NULL DEFAULT 0,
  changed     BIGINT NOT NULL DEFAULT 0,
  rejected    BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE candidate (
  candidate_id   BIGINT PRIMARY KEY,
  email          TEXT NOT NULL,      -- as written, domain as A-label
  email_key      TEXT NOT NULL UNIQUE,
  address_hmac   TEXT NOT NULL,      -- what suppression knows it by
  first_name     TEXT,
  last_name      TEXT,
  language       TEXT,
  time_zone      TEXT,
  country        TEXT,
  city           TEXT,
  job_title      TEXT,
  employer       TEXT,
  recruiter      TEXT,               -- a file in senders/
  source         TEXT,
  source_detail  TEXT,
  added          BIGINT NOT NULL,
  last_engaged   BIGINT,
  last_contacted BIGINT,
  last_applied   BIGINT,
  ats_status     TEXT,
  notes          TEXT,
  batch_id       BIGINT,             -- hidden until this batch is closed
  erased_at      BIGINT,
  notified_at    BIGINT,             -- Article 14 notice
  updated_at     BIGINT NOT NULL
);
CREATE INDEX candidate_hmac ON candidate (address_hmac);
CREATE INDEX candidate_batch ON candidate (batch_id);

CREATE TABLE candidate_address (     -- further addresses of one person
  email_key    TEXT PRIMARY KEY,
  candidate_id BIGINT NOT NULL REFERENCES candidate (candidate_id),
  email        TEXT NOT NULL,
  added        BIGINT NOT NULL
);
CREATE INDEX candidate_address_of ON candidate_address (candidate_id);

CREATE TABLE candidate_tag (         -- values of set fields
  candidate_id BIGINT NOT NULL REFERENCES candidate (candidate_id),
  field        TEXT NOT NULL,
  value        TEXT NOT NULL,
  batch_id     BIGINT,
  PRIMARY KEY (candidate_id, field, value)
);
CREATE INDEX candidate_tag_value ON candidate_tag (field, value, candidate_id);

CREATE TABLE consent (               -- append-only; the newest row counts
  consent_id   BIGINT PRIMARY KEY,
  candidate_id BIGINT NOT NULL REFERENCES candidate (candidate_id),
  purpose      TEXT NOT NULL,        -- mail | click_tracking | open_tracking | retention
  state        TEXT NOT NULL CHECK (state IN ('given','withdrawn','expired')),
  at           BIGINT NOT NULL,
  source       TEXT,                 -- the sentence a mail's footer shows
  wording      TEXT,
  evidence     TEXT,
  expires_at   BIGINT,
  batch_id     BIGINT
);
CREATE INDEX consent_of ON consent (candidate_id, purpose, at);

CREATE TABLE suppression (           -- outlives erasure: no address in it
  address_hmac TEXT NOT NULL,
  scope        TEXT NOT NULL DEFAULT 'all',  -- all, or a campaign
  reason       TEXT NOT NULL,        -- opted_out | bounced | complained | erased | manual
  at           BIGINT NOT NULL,
  message_id   TEXT,
  evidence     TEXT,
  PRIMARY KEY (address_hmac, scope)
);

CREATE TABLE hold (                  -- a person who is not mailed for a while
  hold_id      BIGINT PRIMARY KEY,
  candidate_id BIGINT NOT NULL REFERENCES candidate (candidate_id),
  kind         TEXT NOT NULL,        -- out_of_office | not_now | cool_off | replied | manual
  until_at     BIGINT NOT NULL,
  message_id   TEXT,
  created_at   BIGINT NOT NULL,
  lifted_at    BIGINT
);
CREATE INDEX hold_of ON hold (candidate_id, until_at);

CREATE TABLE job (
  job_id     BIGINT PRIMARY KEY,
  src        TEXT NOT NULL,
  remote_id  TEXT NOT NULL,
  title      TEXT,
  status     TEXT,
  updated_at BIGINT NOT NULL,
  raw        TEXT,
  UNIQUE (src, remote_id)
);

CREATE TABLE application (
  application_id BIGINT PRIMARY KEY,
  src          TEXT NOT NULL,
  remote_id    TEXT NOT NULL,
  candidate_id BIGINT REFERENCES candidate (candidate_id),
  job_id       BIGINT REFERENCES job (job_id),
  status       TEXT NOT NULL,        -- active | hired | rejected | withdrawn
  stage_kind   TEXT,
  reached      TEXT,
  applied_at   BIGINT,
  hired_at     BIGINT,
  rejected_at  BIGINT,
  source       TEXT,
  updated_at   BIGINT NOT NULL,
  raw          TEXT,
  UNIQUE (src, remote_id)
);
CREATE INDEX application_of ON application (candidate_id, status);

-- Campaigns ---------------------------------------------------------------

CREATE TABLE plan (
  plan_id    TEXT PRIMARY KEY,       -- first digits of the hash of its content
  campaign   TEXT NOT NULL,
  snapshot   TEXT NOT NULL,
  people     BIGINT NOT NULL,
  made_at    BIGINT NOT NULL,
  content    TEXT NOT NULL           -- JSON
);

CREATE TABLE snapshot (              -- the frozen sources of a launch
  snapshot   TEXT PRIMARY KEY,       -- SHA-256 over path and hash of each file
  campaign   TEXT NOT NULL,
  made_at    BIGINT NOT NULL
);
CREATE TABLE source_file (           -- contents, once however often frozen
  sha256     TEXT PRIMARY KEY,
  bytes      BYTEA NOT NULL
);
CREATE TABLE snapshot_file (
  snapshot   TEXT NOT NULL REFERENCES snapshot (snapshot),
  path       TEXT NOT NULL,
  sha256     TEXT NOT NULL REFERENCES source_file (sha256),
  PRIMARY KEY (snapshot, path)
);

CREATE TABLE campaign (
  campaign   TEXT PRIMARY KEY,       -- the file's stem or the folder's name
  snapshot   TEXT NOT NULL,          -- the live one
  name       TEXT NOT NULL,
  state      TEXT NOT NULL
             CHECK (state IN ('running','paused','stopped','ended')),
  is_sequence INTEGER NOT NULL CHECK (is_sequence IN (0,1)),
  priority   INTEGER NOT NULL DEFAULT 50,
  on_doubt   TEXT NOT NULL DEFAULT 'hold' CHECK (on_doubt IN ('hold','resend')),
  launched_at BIGINT NOT NULL,
  start_at   BIGINT NOT NULL,
  paused_at  BIGINT,
  updated_at BIGINT NOT NULL
);

CREATE TABLE enrolment (             -- one candidate's way through one campaign
  candidate_id BIGINT NOT NULL REFERENCES candidate (candidate_id),
  campaign   TEXT NOT NULL REFERENCES campaign (campaign),
  cycle      INTEGER NOT NULL DEFAULT 1,
  snapshot   TEXT NOT NULL,
  segment    TEXT,
  control    INTEGER NOT NULL DEFAULT 0,
  state      TEXT NOT NULL
             CHECK (state IN ('active','waiting','done','exited')),
  exit_reason TEXT,                  -- replied opted_out bounced complained in_process hired stopped ended erased excluded
  step       TEXT,                   -- the one pending step ..
  due_at     BIGINT,                 -- .. and when
  anchor_at  BIGINT NOT NULL,        -- when the previous step really left
  enrolled_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  batch_id   BIGINT,
  PRIMARY KEY (candidate_id, campaign, cycle)
);
CREATE INDEX enrolment_due ON enrolment (campaign, state, due_at);
CREATE INDEX enrolment_active ON enrolment (candidate_id, state);

CREATE TABLE link (                  -- where a tracked link leads
  link_set   TEXT NOT NULL,          -- hash of the compiled mail's links
  link       INTEGER NOT NULL,
  url        TEXT NOT NULL,
  PRIMARY KEY (link_set, link)
);
CREATE TABLE message_link (          -- .. when that differs per person
  message_id TEXT NOT NULL,
  link       INTEGER NOT NULL,
  url        TEXT NOT NULL,
  PRIMARY KEY (message_id, link)
);

-- The outbox --------------------------------------------------------------

CREATE TABLE worker (
  worker_id  TEXT PRIMARY KEY,       -- host:boot:pid:start_ms
  lock_name  TEXT NOT NULL,          -- flock()ed as long as it lives
  started_at BIGINT NOT NULL,
  alive      INTEGER NOT NULL DEFAULT 1 CHECK (alive IN (0,1))
);

CREATE TABLE message (
  message_id TEXT PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('campaign','digest','service','test')),
  dedupe_key TEXT NOT NULL UNIQUE,
  candidate_id BIGINT,
  campaign   TEXT,
  cycle      INTEGER,
  step       TEXT,
  snapshot   TEXT,
  segment    TEXT,
  variant    TEXT,
  language   TEXT,
  sender     TEXT,
  provider   TEXT,
  link_set   TEXT,
  rcpt       TEXT NOT NULL,
  rcpt_hmac  TEXT NOT NULL,
  rcpt_domain TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('scheduled','claimed','committing',
             'sent','deferred','in_doubt','bounced','suppressed','expired',
             'cancelled','dead')),
  priority   INTEGER NOT NULL DEFAULT 50,
  not_before BIGINT NOT NULL,
  not_after  BIGINT NOT NULL,
  attempt    INTEGER NOT NULL DEFAULT 0,  -- fencing token
  owner      TEXT,
  first_claim_at BIGINT,
  refusals   INTEGER NOT NULL DEFAULT 0,  -- 4xx after the mark
  resends    INTEGER NOT NULL DEFAULT 0,  -- operator's or policy's decisions
  mime_sha256 TEXT,
  doubt_cause TEXT CHECK (doubt_cause IN ('crash','noreply')),
  last_code  INTEGER,
  last_enhanced TEXT,
  last_text  TEXT,
  sent_at    BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CHECK ((owner IS NOT NULL) = (state IN ('claimed','committing'))),
  CHECK (kind <> 'campaign' OR (candidate_id IS NOT NULL AND campaign IS NOT NULL
         AND cycle IS NOT NULL AND step IS NOT NULL))
);
CREATE INDEX message_ready ON message (priority, not_before, message_id)
  WHERE state IN ('scheduled','deferred');
CREATE INDEX message_owned ON message (owner)
  WHERE state IN ('claimed','committing');
CREATE INDEX message_doubt ON message (updated_at) WHERE state = 'in_doubt';
CREATE INDEX message_of ON message (candidate_id, sent_at);
CREATE INDEX message_campaign ON message (campaign, step, state);
CREATE INDEX message_rcpt ON message (rcpt_hmac, created_at);

CREATE TABLE message_body (          -- bytes to resend, or mail made elsewhere
  message_id TEXT PRIMARY KEY REFERENCES message (message_id),
  bytes      BYTEA NOT NULL
);

CREATE TABLE attempt (               -- append-only ledger
  message_id TEXT NOT NULL,
  n          INTEGER NOT NULL,
  worker_id  TEXT NOT NULL,
  claimed_at BIGINT NOT NULL,
  dot_at     BIGINT,
  ended_at   BIGINT,
  outcome    TEXT,
  code       INTEGER,
  enhanced   TEXT,
  reply      TEXT,
  relay      TEXT,
  PRIMARY KEY (message_id, n)
);

CREATE TABLE bucket (                -- token buckets
  bucket_key TEXT PRIMARY KEY,
  tokens     BIGINT NOT NULL,
  cap        BIGINT NOT NULL,
  per_ms     BIGINT NOT NULL,
  at         BIGINT NOT NULL
);

-- What comes back ---------------------------------------------------------

CREATE TABLE inbound (               -- one spooled mail
  inbound_id TEXT PRIMARY KEY,       -- SHA-256 of its bytes
  file       TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('spooled','done','quarantined')),
  tries      INTEGER NOT NULL DEFAULT 0,
  kind       TEXT,
  rfc_message_id TEXT,
  message_id TEXT,                   -- ours that it answers
  matched_by TEXT,                   -- exact thread quoted heuristic
  candidate_id BIGINT,
  done_at    BIGINT,
  error      TEXT
);
CREATE INDEX inbound_waiting ON inbound (received_at) WHERE state = 'spooled';

CREATE TABLE reply (
  reply_id   BIGINT PRIMARY KEY,
  inbound_id TEXT NOT NULL UNIQUE REFERENCES inbound (inbound_id),
  candidate_id BIGINT,
  message_id TEXT,
  campaign   TEXT,
  step       TEXT,
  recruiter  TEXT,
  from_address TEXT NOT NULL,
  other_address INTEGER NOT NULL DEFAULT 0,
  subject    TEXT,
  text       TEXT NOT NULL,          -- the author's own words
  intent     TEXT NOT NULL DEFAULT 'other',
  intent_also TEXT,
  intent_rule TEXT,
  flags      TEXT,
  label      TEXT,                   -- a recruiter's correction
  action     TEXT,                   -- what nurture did
  received_at BIGINT NOT NULL,
  state      TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','done','snoozed')),
  snoozed_until BIGINT,
  digest_id  BIGINT
);
CREATE INDEX reply_open ON reply (recruiter, state, received_at);
CREATE INDEX reply_of ON reply (candidate_id, received_at);
CREATE INDEX reply_digest ON reply (digest_id);

CREATE TABLE event (                 -- append-only
  event_id   BIGINT PRIMARY KEY,
  candidate_id BIGINT,
  kind       TEXT NOT NULL,
  message_id TEXT,
  campaign   TEXT,
  step       TEXT,
  at         BIGINT NOT NULL,
  machine    INTEGER NOT NULL DEFAULT 0,
  positive   INTEGER NOT NULL DEFAULT 0,
  detail     TEXT,
  dedupe_key TEXT UNIQUE
);
CREATE INDEX event_of ON event (candidate_id, kind, at);
CREATE INDEX event_campaign ON event (campaign, step, kind);
CREATE INDEX event_message ON event (message_id);

CREATE TABLE score (
  candidate_id BIGINT PRIMARY KEY,
  scaled     DOUBLE PRECISION NOT NULL,  -- see include/nurture/event.h
  events     BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX score_order ON score (scaled);

CREATE TABLE digest (
  digest_id  BIGINT PRIMARY KEY,
  recruiter  TEXT NOT NULL,
  made_at    BIGINT NOT NULL,
  message_id TEXT,
  replies    BIGINT NOT NULL
);

CREATE TABLE cost (
  cost_id    BIGINT PRIMARY KEY,
  source     TEXT NOT NULL,
  month      TEXT NOT NULL,
  amount     BIGINT NOT NULL,
  currency   TEXT NOT NULL
);

CREATE TABLE webhook_out (
  webhook_id BIGINT PRIMARY KEY,
  event_id   BIGINT NOT NULL,
  state      TEXT NOT NULL,
  tries      INTEGER NOT NULL DEFAULT 0,
  next_at    BIGINT NOT NULL
);

CREATE TABLE audit (                 -- who did what
  audit_id   BIGINT PRIMARY KEY,
  at         BIGINT NOT NULL,
  actor      TEXT NOT NULL,
  action     TEXT NOT NULL,
  object     TEXT,
  detail     TEXT
);

CREATE TABLE fact (                  -- small things to remember
  name       TEXT PRIMARY KEY,
  value      TEXT NOT NULL
);
