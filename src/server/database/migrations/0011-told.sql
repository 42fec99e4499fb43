-- Promises that name what a phone was told last: two phones under one number do not hide each other's loss. Runs as mb_owner.

-- Whether an op was decided, in whatever form its receipt is kept. hash: the beginning of its fingerprint, hexadecimal.
CREATE FUNCTION mb_is_decided(of_county text, of_device bigint, of_n bigint, hash text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  RETURN EXISTS (
    SELECT 1 FROM public.op_receipt r WHERE r.county = of_county AND r.device = of_device AND r.n = of_n AND r.outcome <> 'deciding'
      AND left(encode(r.op_hash, 'hex'), length(hash)) = hash
  ) OR EXISTS (
    SELECT 1 FROM public.receipt_pack p WHERE p.county = of_county AND p.device = of_device AND of_n BETWEEN p.from_n AND p.to_n
      AND left(p.hashes ->> of_n::text, length(hash)) = hash
  );
END $$;
REVOKE ALL ON FUNCTION mb_is_decided(text, bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_is_decided(text, bigint, bigint, text) TO mb_sync;

-- As before (0006), and what was told is held against the receipts.
CREATE FUNCTION mb_begin_history(
  promised text, promised_gen integer, counties text[], heads bigint[], device bigint, acked bigint, told jsonb
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
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
    ) OR acked > coalesce((SELECT d.acked_n FROM public.device d WHERE d.id = mb_begin_history.device), 0)
    OR EXISTS (
      SELECT 1 FROM jsonb_to_recordset(told) AS t(county text, device bigint, n bigint, hash text)
      WHERE NOT public.mb_is_decided(t.county, t.device, t.n, t.hash)
    );
  ELSE
    is_lost := promised_gen >= known.gen;
  END IF;
  IF NOT is_lost THEN RETURN false; END IF;
  PERFORM public.mb_new_history(floor(random() * 1000)::integer, promised_gen + 1);
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION mb_begin_history(text, integer, text[], bigint[], bigint, bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_begin_history(text, integer, text[], bigint[], bigint, bigint, jsonb) TO mb_sync;

-- As processes of the version before ask, while they are replaced.
CREATE OR REPLACE FUNCTION mb_begin_history(promised text, promised_gen integer, counties text[], heads bigint[], device bigint, acked bigint)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  RETURN public.mb_begin_history(promised, promised_gen, counties, heads, device, acked, '[]'::jsonb);
END $$;
