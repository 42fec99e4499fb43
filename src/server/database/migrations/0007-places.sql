-- Indexes that begin with the county were taken for the primary key of a county without statistics, and a push looked through
-- everything its county has for each record. A place names its county anyway.
DROP INDEX record_by_region;
CREATE INDEX record_by_region ON record (region, kind, id);
DROP INDEX record_by_recorder;
CREATE INDEX record_by_recorder ON record (recorder, county);

-- The same for what a push may touch: as a list in the index condition it made every index that begins with the county look alike.
ALTER POLICY push_county ON record USING ((SELECT mb_counties()) @> ARRAY[county]::text[])
  WITH CHECK ((SELECT mb_counties()) @> ARRAY[county]::text[]);
