-- Migration 8. The recruiters' pages: links that let a sender in once, and who
-- is in. Only hashes are kept: reading the database lets nobody in.

CREATE TABLE desk_login (
  token_hash TEXT PRIMARY KEY,       -- SHA-256 in hex
  sender     TEXT NOT NULL,          -- a file in senders/
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT
);
CREATE INDEX desk_login_of ON desk_login (sender, created_at);

CREATE TABLE desk_session (
  session_hash TEXT PRIMARY KEY,
  sender     TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL,        -- to the minute
  expires_at BIGINT NOT NULL         -- at the latest
);
CREATE INDEX desk_session_of ON desk_session (expires_at);

-- What was done about one answer or person, newest first.
CREATE INDEX audit_object ON audit (object, at);
