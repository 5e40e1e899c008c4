-- Migration 19. The Article 14 notice may travel in a first campaign mail, and
-- a notice that bounced has told nobody.

ALTER TABLE message ADD COLUMN notice INTEGER NOT NULL DEFAULT 0; -- 1: it has it

DROP TRIGGER notice_sent;
CREATE TRIGGER notice_settled AFTER UPDATE OF state ON message
  WHEN new.state IN ('sent', 'bounced') AND (new.notice = 1 OR
   (new.kind = 'service' AND new.dedupe_key = 'notice ' || new.candidate_id))
  BEGIN
  UPDATE candidate SET notified_at = CASE new.state WHEN 'sent'
    THEN coalesce(notified_at, new.sent_at, new.updated_at) END
   WHERE candidate_id = new.candidate_id; END;
