-- Migration 12. How often at most a person wants mail, said on the preferences
-- page; NULL: as often as the caps allow.

ALTER TABLE candidate ADD COLUMN mail_gap BIGINT;  -- ms between two mails
