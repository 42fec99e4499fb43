-- Single records shared by a coordinator of their county: which, why, and by whom. Runs as mb_owner.

ALTER TABLE record_grant
  -- '': given before these were kept.
  ADD COLUMN county text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN kind text NOT NULL DEFAULT '',
  ADD COLUMN reason text NOT NULL DEFAULT '',
  ADD COLUMN given_by uuid REFERENCES person (id);
CREATE INDEX record_grant_by_county ON record_grant (county, from_day);
