-- Sync: open losses, several devices in one push, records that change county, histories that go back. Runs as mb_owner.

-- Values that another value replaced unseen, until somebody decides: they travel with the record to whoever sees it whole.
ALTER TABLE record ADD COLUMN losses jsonb NOT NULL DEFAULT '[]';
-- What somebody keeps outside the lanes of their regions: their own records.
CREATE INDEX record_by_recorder ON record (county, recorder);

-- Where a record was before: an edit made there without knowing is taken.
CREATE INDEX scope_exit_by_record ON scope_exit (county, kind, id);

CREATE OR REPLACE VIEW record_seen AS
SELECT county, kind, id, region, lane, recorder, office, rv, seq, deleted, sv, received_at, view,
       CASE WHEN view = 'full' THEN body ELSE skeleton END AS body,
       CASE WHEN view = 'full' THEN losses ELSE '[]' END AS losses
FROM (
  SELECT r.*, CASE
    WHEN r.recorder = (SELECT mb_person())
      OR r.id = ANY ((SELECT mb_ids('records'))::uuid[])
      OR (r.lane = 'casework' AND (r.region ^@ ANY ((SELECT mb_prefixes('full_casework'))::text[])
          OR (r.office AND r.region ^@ ANY ((SELECT mb_prefixes('office'))::text[]))))
      OR (r.lane = 'outreach' AND r.region ^@ ANY ((SELECT mb_prefixes('full_outreach'))::text[]))
      OR (r.lane = 'register' AND r.region ^@ ANY ((SELECT mb_prefixes('full_register'))::text[]))
    THEN 'full' ELSE 'skeleton' END AS view
  FROM record r
) placed;

-- One push may carry what several phones handed in.
CREATE FUNCTION mb_devices() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (SELECT coalesce(array_agg(p::bigint), '{}') FROM mb_list('device') p WHERE p ~ '^[0-9]{1,16}$');
DROP POLICY push_device ON device;
CREATE POLICY push_device ON device TO mb_sync USING (id = ANY ((SELECT mb_devices())::bigint[]))
  WITH CHECK (id = ANY ((SELECT mb_devices())::bigint[]));
-- Receipts older than 400 days, as fingerprints: numbers are told apart for ever, the rows go.
ALTER TABLE device ADD COLUMN packed_to bigint NOT NULL DEFAULT 0;

-- Whose devices are these: an op of an imported backup says which device made it first.
CREATE FUNCTION mb_devices_of(devices bigint[]) RETURNS TABLE (device bigint, person uuid, last_answer_at timestamptz, packed_to bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT d.id, a.person, d.last_answer_at, d.packed_to FROM public.device d JOIN public.account a ON a.id = d.account
  WHERE d.id = ANY (devices)
$$;
REVOKE ALL ON FUNCTION mb_devices_of(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_devices_of(bigint[]) TO mb_sync;

-- Where a ledger stands, and where a record went, is no secret among pushes; changing either still needs the county.
CREATE POLICY sync_reads_heads ON sync_stream FOR SELECT TO mb_sync USING (true);
CREATE POLICY sync_reads_homes ON record_home FOR SELECT TO mb_sync USING (true);

CREATE TABLE receipt_pack (
  county text COLLATE "C" NOT NULL,
  device bigint NOT NULL,
  from_n bigint NOT NULL,
  to_n bigint NOT NULL,
  -- n → first half of the op's fingerprint, hexadecimal.
  hashes jsonb NOT NULL,
  PRIMARY KEY (county, device, from_n)
) PARTITION BY HASH (county);
DO $$
BEGIN
  FOR i IN 0..31 LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF receipt_pack FOR VALUES WITH (MODULUS 32, REMAINDER %s)', 'receipt_pack_' || lpad(i::text, 2, '0'), i);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', 'receipt_pack_' || lpad(i::text, 2, '0'));
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', 'receipt_pack_' || lpad(i::text, 2, '0'));
  END LOOP;
END $$;
ALTER TABLE receipt_pack ENABLE ROW LEVEL SECURITY;
ALTER TABLE receipt_pack FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON receipt_pack TO mb_owner USING (true) WITH CHECK (true);
CREATE POLICY push_county ON receipt_pack TO mb_sync USING (county = ANY ((SELECT mb_counties())::text[]))
  WITH CHECK (county = ANY ((SELECT mb_counties())::text[]));
GRANT SELECT ON receipt_pack TO mb_sync;
CREATE INDEX op_receipt_by_time ON op_receipt (county, at);

-- Exits and empty places older than a moment go; from then on a cursor from before it is told that it has missed something.
CREATE FUNCTION mb_purge(of_county text, before timestamptz, OUT exits bigint, OUT tombstones bigint, OUT new_floor bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE last bigint;
BEGIN
  -- Places grow with time, so the newest place of before tells which are older.
  PERFORM 1 FROM public.sync_stream s WHERE s.county = of_county FOR UPDATE;
  SELECT greatest((SELECT max(r.seq) FROM public.op_receipt r WHERE r.county = of_county AND r.at < before),
                  (SELECT max(e.seq) FROM public.scope_exit e WHERE e.county = of_county AND e.at < before), 0) INTO last;
  WITH gone AS (DELETE FROM public.scope_exit e WHERE e.county = of_county AND e.seq <= last RETURNING e.seq)
    SELECT count(*), coalesce(max(seq), 0) INTO exits, new_floor FROM gone;
  -- What was erased by law keeps its empty place for ever: a backup may be older than anything.
  WITH gone AS (
    DELETE FROM public.record r WHERE r.county = of_county AND r.deleted AND r.seq <= last
      AND NOT EXISTS (SELECT 1 FROM public.erasure x WHERE x.kind = r.kind AND x.id = r.id) RETURNING r.seq)
    SELECT count(*), greatest(new_floor, coalesce(max(seq), 0)) INTO tombstones, new_floor FROM gone;
  UPDATE public.sync_stream s SET floor = greatest(s.floor, new_floor) WHERE s.county = of_county RETURNING s.floor INTO new_floor;
END $$;
REVOKE ALL ON FUNCTION mb_purge(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_purge(text, timestamptz) TO mb_jobs;

-- Receipts of what was taken, older than a moment, become fingerprints; refusals stay whole. At most so many at once.
CREATE FUNCTION mb_pack_receipts(of_county text, before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE packed bigint;
BEGIN
  WITH old AS (
    DELETE FROM public.op_receipt r USING (
      SELECT o.device, o.n FROM public.op_receipt o WHERE o.county = of_county AND o.at < before AND o.outcome IN ('ok', 'merged')
      ORDER BY o.device, o.n LIMIT most) AS oldest
    WHERE r.county = of_county AND r.device = oldest.device AND r.n = oldest.n
    RETURNING r.device, r.n, encode(substring(r.op_hash FROM 1 FOR 16), 'hex') AS half
  ), packs AS (
    INSERT INTO public.receipt_pack (county, device, from_n, to_n, hashes)
    SELECT of_county, o.device, min(o.n), max(o.n), jsonb_object_agg(o.n::text, o.half) FROM old o GROUP BY o.device
    ON CONFLICT (county, device, from_n) DO UPDATE SET to_n = greatest(receipt_pack.to_n, excluded.to_n),
      hashes = receipt_pack.hashes || excluded.hashes
    RETURNING device, to_n
  ), marked AS (
    UPDATE public.device d SET packed_to = greatest(d.packed_to, p.to_n)
    FROM (SELECT device, max(to_n) AS to_n FROM packs GROUP BY device) p WHERE d.id = p.device RETURNING 1
  )
  SELECT count(*) INTO packed FROM old;
  RETURN packed;
END $$;
REVOKE ALL ON FUNCTION mb_pack_receipts(text, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_pack_receipts(text, timestamptz, integer) TO mb_jobs;

-- Somebody asked the office about an op that was not accepted, and what the office decided.
ALTER TABLE op_refused
  ADD COLUMN asked_at timestamptz,
  ADD COLUMN given_up_at timestamptz,
  ADD COLUMN note text NOT NULL DEFAULT '',
  ADD COLUMN decision text CHECK (decision IN ('returned', 'noted')),
  ADD COLUMN decided_at timestamptz,
  ADD COLUMN decided_by uuid,
  ADD COLUMN answer text NOT NULL DEFAULT '';
-- The office sees what it was asked about, and what concerns lanes it reads anyway; never what was typed behind the closed door.
CREATE POLICY office_reads ON op_refused FOR SELECT TO mb_reader USING (
  region ^@ ANY ((SELECT mb_prefixes('office'))::text[]) AND (asked_at IS NOT NULL OR lane IN ('outreach', 'register'))
);
GRANT SELECT ON op_refused TO mb_reader;
CREATE VIEW refused_seen AS
SELECT county, device, n, person, region, lane, code, state, at, asked_at, given_up_at, note, decision, decided_at, answer,
       CASE WHEN lane = 'closed' THEN NULL ELSE op END AS op
FROM op_refused;
GRANT CREATE ON SCHEMA public TO mb_reader;
ALTER VIEW refused_seen OWNER TO mb_reader;
REVOKE CREATE ON SCHEMA public FROM mb_reader;
GRANT SELECT ON refused_seen TO mb_app;

-- A phone showed a promise of this history that goes beyond what is here: the database was put back behind our back. The same as
-- another cluster or timeline, only told from outside.
CREATE FUNCTION mb_begin_history(promised uuid, counties text[], heads bigint[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  known public.sync_meta%ROWTYPE;
  next integer;
BEGIN
  PERFORM pg_advisory_xact_lock(7710, 1);
  SELECT * INTO known FROM public.sync_meta FOR UPDATE;
  IF known.epoch <> promised OR NOT EXISTS (
    SELECT 1 FROM unnest(counties, heads) AS p(county, head) LEFT JOIN public.sync_stream s USING (county)
    WHERE p.head > coalesce(s.head, 0)
  ) THEN
    RETURN false;
  END IF;
  next := greatest(known.gen + 1, (extract(epoch FROM now() - timestamptz '2025-01-01 00:00+00') / 3600)::integer);
  UPDATE public.sync_stream s SET head = greatest(s.head, next::bigint << 33);
  UPDATE public.sync_meta SET epoch = gen_random_uuid(), gen = next;
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION mb_begin_history(uuid, text[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_begin_history(uuid, text[], bigint[]) TO mb_sync;

-- Counts every change of sessions, devices and rights that may take something from somebody, so that servers may know callers from memory.
-- The row is locked at the very end of a transaction, when all that it tells of is written.
CREATE TABLE accounts_rev (one boolean PRIMARY KEY DEFAULT true CHECK (one), rev bigint NOT NULL DEFAULT 1);
INSERT INTO accounts_rev DEFAULT VALUES;
ALTER TABLE accounts_rev ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_rev FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON accounts_rev TO mb_owner USING (true) WITH CHECK (true);
CREATE POLICY anyone_reads ON accounts_rev FOR SELECT TO mb_accounts USING (true);
GRANT SELECT ON accounts_rev TO mb_accounts;
CREATE FUNCTION mb_count_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  -- Once for each transaction, however many rows it changed.
  IF current_setting('mb.counted', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
    PERFORM set_config('mb.counted', pg_current_xact_id()::text, true);
    -- No number comes twice, not even when the row was swept away with everything else.
    INSERT INTO public.accounts_rev AS a (rev) VALUES (pg_current_xact_id()::text::bigint)
      ON CONFLICT (one) DO UPDATE SET rev = greatest(a.rev + 1, excluded.rev);
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION mb_count_change() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER counted AFTER UPDATE OF ended_at, token_hash ON session DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION mb_count_change();
CREATE CONSTRAINT TRIGGER counted AFTER UPDATE OF state ON device DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION mb_count_change();
CREATE CONSTRAINT TRIGGER counted AFTER UPDATE OF state ON account DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION mb_count_change();
CREATE CONSTRAINT TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON role_grant DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION mb_count_change();
CREATE CONSTRAINT TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON record_grant DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION mb_count_change();
CREATE CONSTRAINT TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON scope_rev DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION mb_count_change();
