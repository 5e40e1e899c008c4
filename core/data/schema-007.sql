-- Migration 7. An address that bounced and whose owner then opted out is still an address
-- that bounced: service mail asks.
ALTER TABLE suppression ADD COLUMN undeliverable INTEGER NOT NULL DEFAULT 0;
UPDATE suppression SET undeliverable = 1 WHERE reason = 'bounced';
