-- Migration 22. What is told of a notice happens once in a message's life, but
-- each of its states woke the trigger. Every way to an end says when it was sent.

DROP TRIGGER notice_settled;
CREATE TRIGGER notice_settled AFTER UPDATE OF sent_at ON message
  WHEN new.state IN ('sent', 'bounced') AND (new.notice = 1 OR
   (new.kind = 'service' AND new.dedupe_key = 'notice ' || new.candidate_id))
  BEGIN
  UPDATE candidate SET notified_at = CASE new.state WHEN 'sent'
    THEN coalesce(notified_at, new.sent_at, new.updated_at) END
   WHERE candidate_id = new.candidate_id; END;
