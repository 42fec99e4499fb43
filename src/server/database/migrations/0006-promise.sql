-- Promises that name more than ledgers: the number up to which a phone's ops were decided, and the generation. Runs as mb_owner.

-- Highest number of this device that was given a receipt. A phone that was promised more is the proof that the database was put back.
ALTER TABLE device ADD COLUMN acked_n bigint NOT NULL DEFAULT 0;
UPDATE device d SET acked_n = r.n FROM (SELECT device, max(n) AS n FROM op_receipt GROUP BY device) r WHERE d.id = r.device;
GRANT UPDATE (acked_n) ON device TO mb_sync;

DROP FUNCTION mb_devices_of(bigint[]);
CREATE FUNCTION mb_devices_of(devices bigint[])
RETURNS TABLE (device bigint, person uuid, last_answer_at timestamptz, packed_to bigint, acked_n bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT d.id, a.person, d.last_answer_at, d.packed_to, d.acked_n FROM public.device d JOIN public.account a ON a.id = d.account
  WHERE d.id = ANY (devices)
$$;
REVOKE ALL ON FUNCTION mb_devices_of(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_devices_of(bigint[]) TO mb_sync;

-- A phone showed a promise that this database cannot have given as it is: of this very history, but beyond its ledgers or beyond what
-- it has decided of that device; or of a history that is not older than this one and yet another, so it was lost. A new history begins,
-- above every generation that is known of. Histories begun in one hour on two states of one database know nothing of each other: up to
-- a thousand generations are skipped by chance.
DROP FUNCTION mb_begin_history(uuid, text[], bigint[]);
CREATE FUNCTION mb_begin_history(promised text, promised_gen integer, counties text[], heads bigint[], device bigint, acked bigint)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  known public.sync_meta%ROWTYPE;
  is_lost boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(7710, 1);
  SELECT * INTO known FROM public.sync_meta FOR UPDATE;
  IF known.epoch::text = promised THEN
    is_lost := EXISTS (
      SELECT 1 FROM unnest(counties, heads) AS p(county, head) LEFT JOIN public.sync_stream s USING (county)
      WHERE p.head > coalesce(s.head, 0)
    ) OR acked > coalesce((SELECT d.acked_n FROM public.device d WHERE d.id = mb_begin_history.device), 0);
  ELSE
    is_lost := promised_gen >= known.gen;
  END IF;
  IF NOT is_lost THEN RETURN false; END IF;
  PERFORM public.mb_new_history(floor(random() * 1000)::integer, promised_gen + 1);
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION mb_begin_history(text, integer, text[], bigint[], bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_begin_history(text, integer, text[], bigint[], bigint, bigint) TO mb_sync;

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
      PERFORM public.mb_new_history(floor(random() * 1000)::integer, 0);
      SELECT * INTO known FROM public.sync_meta;
    END IF;
  END IF;
  RETURN QUERY SELECT known.epoch, known.gen;
END $$;
