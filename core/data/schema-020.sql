-- Migration 20. What a click or an open was told by is kept beside its event,
-- so that its class can be made again by newer rules.

CREATE TABLE hit_agent (             -- user agents, each text once
  agent_id   BIGINT PRIMARY KEY,
  agent      TEXT NOT NULL UNIQUE
);

CREATE TABLE hit (                   -- only of people who consented
  event_id   BIGINT PRIMARY KEY,
  version    BIGINT NOT NULL,        -- of the rules that made the class
  facts      BIGINT NOT NULL,        -- HIT_FACT_* of tracking/hit-class.h
  agent_id   BIGINT,                 -- NULL: none was named
  address_range TEXT,                -- its name in machine-ranges.tsv
  network    TEXT                    -- "203.0.113.0/24"; gone after 7 days
);
CREATE INDEX hit_network ON hit (network) WHERE network IS NOT NULL;
CREATE TRIGGER event_gone AFTER DELETE ON event BEGIN
  DELETE FROM hit WHERE event_id = old.event_id; END;

CREATE TABLE hit_rules (             -- every set of rules there has been
  version    BIGINT PRIMARY KEY,
  digest     TEXT NOT NULL UNIQUE,   -- of the program's rules and both tables
  since      BIGINT NOT NULL
);

CREATE TABLE hit_log (               -- how far each segment of the log is read
  segment    TEXT PRIMARY KEY,       -- the file's name in <database>-hits/
  position   BIGINT NOT NULL,
  done_at    BIGINT                  -- read to its end, and unlinked
);
