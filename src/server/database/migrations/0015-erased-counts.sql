-- What emptied records still add to the numbers is told to who may see the numbers: a list is shorter than its number for a reason. Runs as mb_owner.
CREATE POLICY counted ON rollup_kept FOR SELECT TO mb_app USING (region ^@ ANY ((SELECT mb_prefixes('counts'))::text[]));
GRANT SELECT ON rollup_kept TO mb_app;
