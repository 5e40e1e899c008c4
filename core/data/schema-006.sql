-- Migration 6. How fast mail leaves, and what slows it down.

ALTER TABLE campaign ADD COLUMN rate_count BIGINT NOT NULL DEFAULT 0; -- 0 = no rate of its own
ALTER TABLE campaign ADD COLUMN rate_per_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN topic TEXT;         -- what people can leave without leaving all
ALTER TABLE campaign ADD COLUMN purpose TEXT;       -- of the consent it needs; NULL = mail
ALTER TABLE campaign ADD COLUMN pause_reason TEXT;  -- when it paused itself

-- When the pending step was due at first, if it has been put off since.
ALTER TABLE enrolment ADD COLUMN since_at BIGINT;

-- Who runs a domain's mail, as its MX records say.
CREATE TABLE domain_provider (
  domain     TEXT PRIMARY KEY,
  provider   TEXT NOT NULL,
  looked_up_at BIGINT NOT NULL
);

-- Slower, or not at all, for a while: 'provider:google', 'relay:host:25',
-- 'campaign:news' (its bucket is empty).
CREATE TABLE brake (
  name       TEXT PRIMARY KEY,
  faults     BIGINT NOT NULL DEFAULT 0,
  slow_until BIGINT NOT NULL DEFAULT 0,
  closed_until BIGINT NOT NULL DEFAULT 0,
  reason     TEXT,
  at         BIGINT NOT NULL
);

-- How far a sending domain's warm-up has come.
CREATE TABLE warm_up (
  domain     TEXT PRIMARY KEY,
  day        BIGINT NOT NULL,        -- when the day began
  step       BIGINT NOT NULL         -- row of warm-up.tsv, from 0
);
CREATE INDEX event_complained ON event (at) WHERE kind = 'complained';
