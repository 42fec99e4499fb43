-- Boxes that locked phones handed in and that cannot be opened, because the key they are sealed for is not here (any more). What is opened
-- goes the way of every op and is not kept here.
ALTER TABLE dropbox ADD COLUMN item text NOT NULL DEFAULT '';
CREATE POLICY own_device ON dropbox TO mb_sync USING (device = (SELECT mb_device())) WITH CHECK (device = (SELECT mb_device()));
GRANT SELECT, INSERT, UPDATE, DELETE ON dropbox TO mb_sync;

-- What a phone that was shut out brings is for the office to look at, without its author asking first.
DROP POLICY office_reads ON op_refused;
CREATE POLICY office_reads ON op_refused FOR SELECT TO mb_reader USING (
  region ^@ ANY ((SELECT mb_prefixes('office'))::text[])
  AND (asked_at IS NOT NULL OR lane IN ('outreach', 'register') OR code = 'shut-out')
);
CREATE POLICY jobs_purge ON dropbox FOR DELETE TO mb_jobs USING (true);
GRANT DELETE ON dropbox TO mb_jobs;
