-- What the server does by itself at night, what it found wrong with its numbers, what was erased for good, and how a history ends.

GRANT USAGE ON SCHEMA public TO mb_jobs;

-- One row for each job. Whoever holds it runs it; a holder that died is overtaken when its time is over.
CREATE TABLE job (
  name text COLLATE "C" PRIMARY KEY,
  -- The night or the stretch of the day that it last ran for.
  slot text COLLATE "C" NOT NULL DEFAULT '',
  fence bigint NOT NULL DEFAULT 0,
  held_until timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  outcome text CHECK (outcome IN ('ok', 'failed')),
  detail jsonb NOT NULL DEFAULT '{}'
);

-- A number that differed from its records, with the ledger position of the snapshot in which it did.
CREATE TABLE rollup_repair (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  county text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  metric text COLLATE "C" NOT NULL,
  day date NOT NULL,
  kept bigint NOT NULL,
  recomputed bigint NOT NULL,
  as_of bigint NOT NULL,
  found_at timestamptz NOT NULL,
  -- Open until somebody knows why.
  cause text,
  repaired_at timestamptz
);
CREATE INDEX rollup_repair_open ON rollup_repair (county) WHERE repaired_at IS NULL;

-- Records erased by law, for ever: a restored backup or a phone must not bring them back.
CREATE TABLE erasure (
  kind text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  region text COLLATE "C" NOT NULL CHECK (mb_is_code(region)),
  at timestamptz NOT NULL,
  PRIMARY KEY (kind, id)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['job', 'rollup_repair', 'erasure'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO mb_owner USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;

-- Jobs read everything (a backup that leaves out rows is none) and write what they keep up: totals upwards, repaired numbers, themselves.
CREATE FUNCTION mb_let_jobs_read() RETURNS void LANGUAGE plpgsql AS $$
DECLARE t regclass;
BEGIN
  FOR t IN SELECT c.oid FROM pg_class c
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'mb_migration'
             AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'jobs_read') LOOP
    EXECUTE format('CREATE POLICY jobs_read ON %s FOR SELECT TO mb_jobs USING (true)', t);
    EXECUTE format('GRANT SELECT ON %s TO mb_jobs', t);
  END LOOP;
  GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO mb_jobs;
END $$;
REVOKE ALL ON FUNCTION mb_let_jobs_read() FROM PUBLIC;
SELECT mb_let_jobs_read();

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['job', 'rollup_repair', 'rollup', 'rollup_up'] LOOP
    EXECUTE format('CREATE POLICY jobs_write ON %I TO mb_jobs USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO mb_jobs', t);
  END LOOP;
END $$;
-- Locked while numbers are recomputed, so that nobody pushes in between.
CREATE POLICY jobs_lock ON sync_stream FOR UPDATE TO mb_jobs USING (true) WITH CHECK (true);
GRANT UPDATE ON sync_stream TO mb_jobs;
CREATE POLICY written_by_jobs ON audit FOR INSERT TO mb_jobs WITH CHECK (true);
GRANT INSERT ON audit TO mb_jobs;

-- Begins a new history now, whatever the old one was: a new epoch, and numbers of records, ledgers and phones that no history has used.
-- `ahead`: hours to skip, so that histories begun in the same hour on two copies do not meet. `at_least`: a generation known from elsewhere.
CREATE FUNCTION mb_new_history(ahead integer, at_least integer) RETURNS TABLE (epoch uuid, gen integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  known public.sync_meta%ROWTYPE;
  next integer;
  last bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(7710, 1);
  SELECT * INTO known FROM public.sync_meta FOR UPDATE;
  next := greatest(known.gen + 1, at_least, (extract(epoch FROM now() - timestamptz '2025-01-01 00:00+00') / 3600)::integer + ahead);
  UPDATE public.sync_stream s SET head = greatest(s.head, next::bigint << 33);
  UPDATE public.sync_meta m SET epoch = gen_random_uuid(), gen = next,
    system_id = (SELECT system_identifier::text FROM pg_control_system()),
    timeline = ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::integer
    RETURNING * INTO known;
  -- A phone enrolled in the lost history keeps its number to itself.
  SELECT last_value INTO last FROM public.device_id_seq;
  PERFORM setval('public.device_id_seq', greatest(last, next::bigint << 16));
  RETURN QUERY SELECT known.epoch, known.gen;
END $$;
REVOKE ALL ON FUNCTION mb_new_history(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_new_history(integer, integer) TO mb_app, mb_sync, mb_accounts, mb_jobs;

CREATE OR REPLACE FUNCTION mb_open_history() RETURNS TABLE (epoch uuid, gen integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  here text := (SELECT system_identifier::text FROM pg_control_system());
  line integer := ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::integer;
  known public.sync_meta%ROWTYPE;
BEGIN
  SELECT * INTO known FROM public.sync_meta;
  IF NOT FOUND OR known.system_id <> here OR known.timeline <> line THEN
    PERFORM pg_advisory_xact_lock(7710, 1);
    SELECT * INTO known FROM public.sync_meta FOR UPDATE;
    IF NOT FOUND THEN
      INSERT INTO public.sync_meta (epoch, system_id, timeline) VALUES (gen_random_uuid(), here, line) RETURNING * INTO known;
    ELSIF known.system_id <> here OR known.timeline <> line THEN
      PERFORM public.mb_new_history(0, 0);
      SELECT * INTO known FROM public.sync_meta;
    END IF;
  END IF;
  RETURN QUERY SELECT known.epoch, known.gen;
END $$;
GRANT EXECUTE ON FUNCTION mb_open_history() TO mb_jobs;

-- The same when a phone's promise tells.
CREATE OR REPLACE FUNCTION mb_begin_history(promised uuid, counties text[], heads bigint[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  known public.sync_meta%ROWTYPE;
BEGIN
  PERFORM pg_advisory_xact_lock(7710, 1);
  SELECT * INTO known FROM public.sync_meta FOR UPDATE;
  IF known.epoch <> promised OR NOT EXISTS (
    SELECT 1 FROM unnest(counties, heads) AS p(county, head) LEFT JOIN public.sync_stream s USING (county)
    WHERE p.head > coalesce(s.head, 0)
  ) THEN
    RETURN false;
  END IF;
  PERFORM public.mb_new_history(0, 0);
  RETURN true;
END $$;

-- How far this database has written its log, in bytes. Less than before, in the same history: it was put back behind our back.
CREATE FUNCTION mb_wal_place() RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog
  RETURN (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint;
REVOKE ALL ON FUNCTION mb_wal_place() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_wal_place() TO mb_app, mb_sync, mb_accounts, mb_jobs;

-- A backup of this very history, taken at that moment, was restored elsewhere and found whole. Never goes back; five minutes less,
-- because servers tell phones the time by their own clocks and the snapshot was taken by the database's.
CREATE FUNCTION mb_ring_safe(of_epoch uuid, moment timestamptz) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  UPDATE public.sync_meta m SET ring_safe_before = greatest(m.ring_safe_before, moment - interval '5 minutes') WHERE m.epoch = of_epoch;
  RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION mb_ring_safe(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_ring_safe(uuid, timestamptz) TO mb_jobs;
