-- Migration 18. Sunset: whoever did not say that they want to stay gets no
-- campaign mail, until they give a sign of life after this moment.

ALTER TABLE candidate ADD COLUMN archived_at BIGINT;
