-- Migration 4. Delivery writes few pages per message: no index on the way of a
-- message is keyed by its random id, and a row that was sent at once has its
-- ledger in itself.

ALTER TABLE message ADD COLUMN claimed_at BIGINT;   -- of the newest attempt ..
ALTER TABLE message ADD COLUMN dot_at BIGINT;       -- .. its mark
ALTER TABLE message ADD COLUMN relay TEXT;

-- Attempts that ended in anything but acceptance. The newest attempt is told
-- by the message's own row until then.
ALTER TABLE attempt RENAME TO attempt_past;
CREATE VIEW attempt AS
  SELECT message_id, n, worker_id, claimed_at, dot_at, ended_at, outcome, code,
    enhanced, reply, relay FROM attempt_past
  UNION ALL
  SELECT m.message_id, m.attempt, coalesce(m.owner, ''), m.claimed_at, m.dot_at,
    m.sent_at, CASE m.state WHEN 'sent' THEN 'sent' END, m.last_code,
    m.last_enhanced, m.last_text, m.relay
  FROM message m WHERE m.claimed_at IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM attempt_past p
     WHERE p.message_id = m.message_id AND p.n = m.attempt);

DROP INDEX message_ready;
CREATE INDEX message_ready ON message (priority, not_before)
  WHERE state IN ('scheduled','deferred');
DROP INDEX message_of;
CREATE INDEX message_of ON message (candidate_id);

-- Who asks for the events of a message means what came back.
DROP INDEX event_message;
CREATE INDEX event_message ON event (message_id) WHERE kind <> 'sent';

-- The primary key begins with the candidate, too.
DROP INDEX enrolment_active;
