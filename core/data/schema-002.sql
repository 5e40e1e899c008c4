-- Migration 2. What an import wants to change in people who are known already,
-- kept aside until the import closes, and what was there before, for --undo.

CREATE TABLE batch_change (
  batch_id     BIGINT NOT NULL REFERENCES batch (batch_id),
  line         BIGINT NOT NULL,      -- of the imported file
  candidate_id BIGINT NOT NULL,
  change       TEXT NOT NULL,        -- JSON: field -> new value
  before       TEXT,                 -- the same fields as they were; NULL = not applied
  PRIMARY KEY (batch_id, line)
);

-- Finds the people of an open import without looking at everybody.
CREATE INDEX batch_open ON batch (state);
