-- Migration 11. Records that were merged, and holds that are lifted, are found
-- for every record that comes.

CREATE INDEX ats_identity_merged ON ats_identity (src, merged_into)
  WHERE merged_into IS NOT NULL;
CREATE INDEX hold_origin ON hold (origin) WHERE origin IS NOT NULL;
