-- Migration 15. Two people who are not one: a record that was in doubt stays
-- so known, and is not listed, nor does it hold them, again.

ALTER TABLE ats_conflict ADD COLUMN cleared_at BIGINT; -- said to be another's
