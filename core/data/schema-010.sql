-- Migration 10. Ranking the pool for a role: words to search, the reviewed
-- list, and what each source of people costs.

-- Job titles, values of sets and notes, for full-text search (SQLite's FTS5;
-- another store brings its own index). One row per candidate, rowid = id.
CREATE VIRTUAL TABLE candidate_words USING fts5(title, skills, notes, detail=none, tokenize="unicode61 remove_diacritics 2 tokenchars '+#'");

CREATE TABLE candidate_stale (       -- whose words are to be indexed again
  candidate_id BIGINT PRIMARY KEY
);
CREATE TRIGGER candidate_words_new AFTER INSERT ON candidate BEGIN
  INSERT OR IGNORE INTO candidate_stale VALUES (new.candidate_id); END;
CREATE TRIGGER candidate_words_changed AFTER UPDATE OF job_title, notes ON candidate
  WHEN old.job_title IS NOT new.job_title OR old.notes IS NOT new.notes BEGIN
  INSERT OR IGNORE INTO candidate_stale VALUES (new.candidate_id); END;
CREATE TRIGGER candidate_words_gone AFTER DELETE ON candidate BEGIN
  INSERT OR IGNORE INTO candidate_stale VALUES (old.candidate_id); END;
CREATE TRIGGER candidate_words_tag AFTER INSERT ON candidate_tag BEGIN
  INSERT OR IGNORE INTO candidate_stale VALUES (new.candidate_id); END;
CREATE TRIGGER candidate_words_retag AFTER UPDATE ON candidate_tag BEGIN
  INSERT OR IGNORE INTO candidate_stale VALUES (old.candidate_id), (new.candidate_id); END;
CREATE TRIGGER candidate_words_untag AFTER DELETE ON candidate_tag BEGIN
  INSERT OR IGNORE INTO candidate_stale VALUES (old.candidate_id); END;
INSERT INTO candidate_stale SELECT candidate_id FROM candidate;

CREATE INDEX application_reached ON application (candidate_id, status, reached);

CREATE TABLE shortlist (             -- who was chosen for a role, by a person
  role         TEXT NOT NULL,
  candidate_id BIGINT NOT NULL,
  points       DOUBLE PRECISION NOT NULL,  -- when they were chosen
  made_at      BIGINT NOT NULL,
  dropped_at   BIGINT,               -- looked at, and not wanted
  PRIMARY KEY (role, candidate_id)
);
CREATE INDEX shortlist_of ON shortlist (candidate_id);

CREATE UNIQUE INDEX cost_once ON cost (source, month, currency);
