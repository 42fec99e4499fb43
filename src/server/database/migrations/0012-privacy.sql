-- How long things are kept, what the law says must stay, and what is left of what went. Runs as mb_owner.

-- Whether the record's share in the numbers stays when it is empty: work whose time is over was done all the same.
ALTER TABLE erasure ADD COLUMN counted boolean NOT NULL DEFAULT false;

-- What emptied records had added to the numbers: village, metric, day and how many, and nothing that leads back to one of them.
CREATE TABLE rollup_kept (
  county text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  metric text COLLATE "C" NOT NULL,
  day date NOT NULL,
  n bigint NOT NULL,
  PRIMARY KEY (county, region, metric, day)
);

-- Contents of erased attachments whose file is still to be removed.
CREATE TABLE erased_content (
  sha256 bytea PRIMARY KEY,
  at timestamptz NOT NULL
);

-- A record that must not be erased, whatever its time: because of a complaint, a suit, an inquiry. Two people begin it and two end it;
-- it ends by itself on a day that everybody can see. Rows stay.
CREATE TABLE legal_hold (
  id uuid PRIMARY KEY,
  county text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  record uuid NOT NULL,
  region text COLLATE "C" NOT NULL CHECK (mb_is_code(region)),
  reason text NOT NULL CHECK (reason <> ''),
  -- The last day on which it holds.
  until date NOT NULL,
  set_by uuid NOT NULL REFERENCES person (id),
  set_with uuid NOT NULL REFERENCES person (id),
  set_at timestamptz NOT NULL,
  lifted_by uuid REFERENCES person (id),
  lifted_with uuid REFERENCES person (id),
  lifted_at timestamptz,
  CHECK (set_by <> set_with),
  CHECK (lifted_by <> lifted_with),
  CHECK ((lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_by IS NULL) = (lifted_with IS NULL))
);
CREATE INDEX legal_hold_by_record ON legal_hold (record);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['rollup_kept', 'erased_content', 'legal_hold'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO mb_owner USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;

-- Which of these records a hold keeps on a day: for themselves, or for what they belong to. Without a day, holds have no end.
CREATE FUNCTION mb_held(of_county text, ids uuid[], on_day date) RETURNS SETOF uuid LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$
  WITH RECURSIVE above(id, up) AS (
    SELECT i, i FROM unnest(ids) i
    UNION
    SELECT a.id, p.of::uuid FROM above a, record r, LATERAL (SELECT coalesce(r.body ->> 'dispute', r.body -> 'of' ->> 1) AS of) p
    WHERE r.county = of_county AND r.kind IN ('meeting', 'attachment') AND r.id = a.up AND p.of ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
  )
  SELECT DISTINCT a.id FROM above a JOIN legal_hold h ON h.record = a.up
  WHERE h.lifted_at IS NULL AND (on_day IS NULL OR h.until >= on_day)
$$;
REVOKE ALL ON FUNCTION mb_held(text, uuid[], date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_held(text, uuid[], date) TO mb_jobs;

-- The night may empty, and nothing else: no word that stands anywhere can be changed into another. What a hold keeps it cannot even empty.
CREATE FUNCTION mb_is_empty(deleted boolean, body jsonb, skeleton jsonb, fv jsonb, losses jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN deleted AND body = '{}' AND skeleton = '{}' AND fv = '{}' AND losses = '[]';
CREATE POLICY jobs_stone ON record FOR INSERT TO mb_jobs WITH CHECK (mb_is_empty(deleted, body, skeleton, fv, losses));
CREATE POLICY jobs_empty ON record FOR UPDATE TO mb_jobs
  USING (NOT EXISTS (SELECT 1 FROM mb_held(county, ARRAY[id], nullif(current_setting('mb.day', true), '')::date)))
  WITH CHECK (mb_is_empty(deleted, body, skeleton, fv, losses));
GRANT INSERT, UPDATE (rv, seq, deleted, body, skeleton, fv, losses, h) ON record TO mb_jobs;
CREATE POLICY jobs_empty ON field_loss FOR UPDATE TO mb_jobs USING (true) WITH CHECK (value IS NULL);
GRANT UPDATE (value) ON field_loss TO mb_jobs;
CREATE POLICY jobs_empty ON op_refused FOR UPDATE TO mb_jobs USING (true) WITH CHECK (op = '{"erased": true}' AND note = '' AND answer = '');
GRANT UPDATE (op, note, answer) ON op_refused TO mb_jobs;
CREATE POLICY jobs_end ON record_grant FOR DELETE TO mb_jobs USING (true);
GRANT DELETE ON record_grant TO mb_jobs;
-- Of an attachment's bytes only those whose record is empty.
CREATE POLICY jobs_leave ON attachment FOR DELETE TO mb_jobs
  USING (EXISTS (SELECT 1 FROM erasure e WHERE e.kind = 'attachment' AND e.id = attachment.id));
GRANT DELETE ON attachment TO mb_jobs;
CREATE POLICY jobs_write ON erased_content TO mb_jobs USING (true) WITH CHECK (true);
GRANT INSERT, DELETE ON erased_content TO mb_jobs;
CREATE POLICY jobs_write ON rollup_kept TO mb_jobs USING (true) WITH CHECK (true);
GRANT INSERT, UPDATE ON rollup_kept TO mb_jobs;
CREATE POLICY jobs_note ON erasure FOR INSERT TO mb_jobs WITH CHECK (true);
GRANT INSERT ON erasure TO mb_jobs;
CREATE POLICY jobs_write ON region_digest FOR UPDATE TO mb_jobs USING (true) WITH CHECK (true);
GRANT UPDATE ON region_digest TO mb_jobs;
CREATE POLICY jobs_begin ON sync_stream FOR INSERT TO mb_jobs WITH CHECK (true);
GRANT INSERT ON sync_stream TO mb_jobs;

-- Until the transaction ends nobody begins to need a content: taken while its file is removed.
CREATE FUNCTION mb_lock_contents() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public SET lock_timeout = '5s' AS $$
BEGIN
  LOCK TABLE public.attachment, public.upload IN SHARE MODE;
END $$;
REVOKE ALL ON FUNCTION mb_lock_contents() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_lock_contents() TO mb_jobs;
