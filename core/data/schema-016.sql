-- Migration 16. Article 14: whoever was sourced has been told once the notice
-- has left, however the outbox learns that it has.

CREATE TRIGGER notice_sent AFTER UPDATE OF state ON message
  WHEN new.kind = 'service' AND new.state = 'sent'
  AND new.dedupe_key = 'notice ' || new.candidate_id BEGIN
  UPDATE candidate SET notified_at = coalesce(notified_at, new.sent_at,
    new.updated_at) WHERE candidate_id = new.candidate_id; END;
