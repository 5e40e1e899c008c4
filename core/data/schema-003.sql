-- Migration 3. What comes back: doubles, trust, referrals, alerts, and a
-- receiving domain that gets nothing for a while.

ALTER TABLE message ADD COLUMN subject_hash TEXT;   -- of the normalised subject

ALTER TABLE inbound ADD COLUMN body_sha256 TEXT;    -- the same mail by another way
CREATE INDEX inbound_double ON inbound (rfc_message_id, body_sha256);

ALTER TABLE reply ADD COLUMN matched_by TEXT;       -- exact thread quoted heuristic person
ALTER TABLE reply ADD COLUMN from_trust TEXT NOT NULL DEFAULT 'unknown';
                                                    -- verified token_only unknown
ALTER TABLE reply ADD COLUMN confidence DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE reply ADD COLUMN return_date TEXT;
ALTER TABLE reply ADD COLUMN labelled_at BIGINT;
ALTER TABLE reply ADD COLUMN labelled_by TEXT;

CREATE TABLE message_alias (         -- what a relay calls a message
  alias      TEXT PRIMARY KEY,
  message_id TEXT NOT NULL
);

CREATE TABLE referral (              -- somebody a candidate named; never mailed
  referral_id BIGINT PRIMARY KEY,
  reply_id   BIGINT NOT NULL REFERENCES reply (reply_id),
  candidate_id BIGINT,               -- who named them
  address    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (reply_id, address)
);

CREATE TABLE recheck (               -- a domain that did not exist: asked again
  rcpt_hmac  TEXT PRIMARY KEY,
  candidate_id BIGINT,
  message_id TEXT NOT NULL,
  domain     TEXT NOT NULL,
  due_at     BIGINT NOT NULL,
  tries      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX recheck_due ON recheck (due_at);

CREATE TABLE domain_pause (          -- a receiving domain that gets nothing now
  domain     TEXT PRIMARY KEY,
  until_at   BIGINT NOT NULL,
  reason     TEXT NOT NULL,
  at         BIGINT NOT NULL
);

CREATE TABLE alert (                 -- what the operator should look at
  alert_id   BIGINT PRIMARY KEY,
  kind       TEXT NOT NULL,          -- a reason of bounce-action.tsv, complaint
  object     TEXT NOT NULL,          -- a domain or a campaign
  day        BIGINT NOT NULL,        -- one row a day
  first_at   BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  count      BIGINT NOT NULL DEFAULT 1,
  detail     TEXT,
  told_at    BIGINT,                 -- in a digest
  UNIQUE (kind, object, day)
);

-- Which reports came lately, without looking at every event.
CREATE INDEX event_bounced ON event (at) WHERE kind = 'bounced';
