-- Migration 14. What was asked for on the public pages, and waits for a yes
-- from the mailbox it is about.

CREATE TABLE request (
  request_id   TEXT PRIMARY KEY,     -- the mail that asks for the yes
  kind         TEXT NOT NULL CHECK (kind IN ('join','export','erase')),
  candidate_id BIGINT,               -- join: once they are known
  email        TEXT,                 -- join: until they are known
  address_hmac TEXT NOT NULL,
  fields       TEXT,                 -- join: name=value, a line each
  language     TEXT,
  wording      TEXT,                 -- join: what they agreed to
  version      TEXT,                 -- of that wording
  asked_at     BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  confirmed_at BIGINT,
  done_at      BIGINT
);
CREATE INDEX request_of ON request (address_hmac, asked_at);
CREATE INDEX request_asked ON request (asked_at);
CREATE INDEX request_person ON request (candidate_id);
CREATE INDEX request_open ON request (expires_at) WHERE done_at IS NULL;
