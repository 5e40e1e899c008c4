-- Migration 13. The consent ledger is added to, never changed: a merge may say
-- whose a row is, an import that is taken back takes its own rows along, and
-- erasure empties it.

ALTER TABLE batch ADD COLUMN undo_at BIGINT;        -- being taken back since

CREATE TRIGGER consent_stays BEFORE UPDATE OF consent_id, purpose, state, at,
  source, wording, evidence, expires_at ON consent BEGIN
  SELECT RAISE(ABORT, 'the consent ledger is append-only'); END;
CREATE TRIGGER consent_kept BEFORE DELETE ON consent
  WHEN NOT EXISTS (SELECT 1 FROM candidate c
    WHERE c.candidate_id = old.candidate_id AND c.erased_at IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM batch b WHERE b.batch_id = old.batch_id
    AND b.undo_at IS NOT NULL) BEGIN
  SELECT RAISE(ABORT, 'the consent ledger is append-only'); END;

CREATE INDEX candidate_merged ON candidate (merged_into)
  WHERE merged_into IS NOT NULL;
