-- Migration 24. The index by campaign is about mail at rest. Whoever owns a
-- message has it in flight, for seconds, and its states on that way moved it
-- about in the index three times. Those few are found by their owner.

DROP INDEX message_campaign;
CREATE INDEX message_campaign ON message (campaign, step, state, owner)
  WHERE owner IS NULL;           -- owner, so that counting needs no rows

CREATE VIEW message_state AS         -- of all messages, from these two indexes
  SELECT campaign, step, state FROM message WHERE owner IS NULL
  UNION ALL SELECT campaign, step, state FROM message WHERE owner IS NOT NULL;
