-- Migration 23. A mail that leaves writes two events, and each stood in four
-- indexes. Now one index has all of them, by person; the others have what they
-- are asked for: what comes back of a campaign or of a message, and keys.

CREATE TABLE event_next (            -- append-only
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
  dedupe_key TEXT
);
INSERT INTO event_next SELECT event_id, candidate_id, kind, message_id,
  campaign, step, at, machine, positive, detail, dedupe_key FROM event;
DROP TABLE event;
ALTER TABLE event_next RENAME TO event;

CREATE UNIQUE INDEX event_once ON event (dedupe_key)
  WHERE dedupe_key IS NOT NULL;
CREATE INDEX event_of ON event (candidate_id, kind, at);
-- The condition is EVENT_CAME_BACK of include/nurture/event.h.
CREATE INDEX event_campaign ON event (campaign, kind)
  WHERE kind <> 'enrolled' AND kind <> 'sent' AND kind <> 'finished';
CREATE INDEX event_message ON event (message_id)
  WHERE kind <> 'sent' AND message_id IS NOT NULL;
CREATE INDEX event_bounced ON event (at) WHERE kind = 'bounced';
CREATE INDEX event_complained ON event (at) WHERE kind = 'complained';
CREATE TRIGGER event_gone AFTER DELETE ON event BEGIN
  DELETE FROM hit WHERE event_id = old.event_id; END;
