-- Migration 17. A mark writes fewer pages: no index that it has to touch, and
-- links that one person's mail has to itself stand in the message's own row,
-- not in a table of random keys.

ALTER TABLE message ADD COLUMN own_links TEXT;  -- {"2": "https://.."}; NULL
UPDATE message SET own_links =
  (SELECT json_group_object(l.link, l.url) FROM message_link l
   WHERE l.message_id = message.message_id)
  WHERE message_id IN (SELECT message_id FROM message_link);
DROP TABLE message_link;

-- Whoever owns a message has it in flight, so this says the same, and stays as
-- it is when claimed becomes committing.
DROP INDEX message_owned;
CREATE INDEX message_owned ON message (owner) WHERE owner IS NOT NULL;
