-- The log becomes chains of hashes, and where each chain ends is kept apart from it. Runs as mb_owner.
--
-- A chain is a row of entries in which each carries the hash of the one before. An entry goes into the first chain that nobody else is
-- writing into, so nobody waits for anybody until a commit; a new history begins new chains, so that no two histories share a place.

ALTER TABLE audit ADD COLUMN chain bigint, ADD COLUMN place bigint;

-- Where a chain ends. Written by the trigger below and by a restore, only ever forward.
CREATE TABLE audit_head (
  chain bigint PRIMARY KEY,
  -- How many entries it has, the number of the last one, and its hash.
  place bigint NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL
) WITH (fillfactor = 10);
ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_head FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON audit_head TO mb_owner USING (true) WITH CHECK (true);

CREATE FUNCTION mb_refuse_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.chain <> OLD.chain OR NEW.place <= OLD.place THEN
    RAISE EXCEPTION 'the end of a chain only goes forward' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER head_goes_forward BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION mb_refuse_back();
CREATE TRIGGER head_stays BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION mb_refuse_change();
CREATE TRIGGER heads_are_never_emptied BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION mb_refuse_change();

-- What is hashed of an entry, before the hash of the one before: each value with its length in bytes, `-` for none; the moment in
-- microseconds. The server's `services/audit/chain.ts` writes the same by itself, so that a changed function is found.
CREATE FUNCTION mb_audit_text(a audit) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT string_agg(CASE WHEN v IS NULL THEN '-' ELSE octet_length(convert_to(v, 'UTF8')) || ':' || v END, '' ORDER BY n)
  FROM unnest(ARRAY['mb-audit/1/sha256', a.chain::text, a.place::text, a.seq::text, (extract(epoch FROM a.at) * 1000000)::bigint::text,
    a.actor::text, a.device::text, a.role, a.action, a.object_kind, a.object_id, a.region, a.outcome, a.request_id, a.reason])
    WITH ORDINALITY AS u(v, n)
$$;

-- The end of one chain, held until the transaction ends; null: somebody else is writing into it.
CREATE FUNCTION mb_audit_hold(history bigint, k integer) RETURNS audit_head LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE head public.audit_head%ROWTYPE;
BEGIN
  IF NOT pg_try_advisory_xact_lock(771004, k) THEN
    RETURN NULL;
  END IF;
  SELECT * INTO head FROM public.audit_head h WHERE h.chain = history + k FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO public.audit_head (chain, place, seq, hash) VALUES (history + k, 0, 0, '') RETURNING * INTO head;
  END IF;
  RETURN head;
END $$;
REVOKE ALL ON FUNCTION mb_audit_hold(bigint, integer) FROM PUBLIC;

-- Gives an entry its chain, its place and its hash, whatever was asked for. Only the owner can name these columns, and does so when a
-- backup is put back: its entries keep what they had, right or wrong.
CREATE FUNCTION mb_audit_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  head public.audit_head%ROWTYPE;
  history bigint;
BEGIN
  IF NEW.hash IS NOT NULL THEN
    RETURN NEW;
  END IF;
  history := coalesce((SELECT m.gen FROM public.sync_meta m), 0)::bigint * 10000;
  FOR k IN 1..9999 LOOP
    IF current_setting('transaction_isolation') = 'read committed' THEN
      head := public.mb_audit_hold(history, k);
    ELSE
      -- Who works in a snapshot cannot go on from an entry that came after it, and takes a chain that nobody has touched since.
      BEGIN
        head := public.mb_audit_hold(history, k);
      EXCEPTION WHEN serialization_failure OR unique_violation THEN
        head := NULL;
      END;
    END IF;
    EXIT WHEN head.chain IS NOT NULL;
  END LOOP;
  IF head.chain IS NULL THEN
    RAISE EXCEPTION 'no chain of the log can be written to' USING ERRCODE = '55P03';
  END IF;
  NEW.chain := head.chain;
  NEW.place := head.place + 1;
  NEW.prev_hash := head.hash;
  NEW.hash := sha256(convert_to(public.mb_audit_text(NEW), 'UTF8') || NEW.prev_hash);
  UPDATE public.audit_head h SET place = NEW.place, seq = NEW.seq, hash = NEW.hash WHERE h.chain = NEW.chain;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION mb_audit_seal() FROM PUBLIC;

-- What was written before there were chains is the chain 1.
ALTER TABLE audit DISABLE TRIGGER audit_stays;
DO $$
DECLARE
  one public.audit%ROWTYPE;
  last bytea := '';
  n bigint := 0;
  newest bigint := 0;
BEGIN
  FOR one IN SELECT * FROM public.audit ORDER BY seq LOOP
    n := n + 1;
    newest := one.seq;
    one.chain := 1;
    one.place := n;
    one.prev_hash := last;
    last := sha256(convert_to(public.mb_audit_text(one), 'UTF8') || last);
    UPDATE public.audit a SET chain = 1, place = n, prev_hash = one.prev_hash, hash = last WHERE a.seq = one.seq;
  END LOOP;
  IF n > 0 THEN
    INSERT INTO public.audit_head (chain, place, seq, hash) VALUES (1, n, newest, last);
  END IF;
END $$;
ALTER TABLE audit ENABLE TRIGGER audit_stays;
ALTER TABLE audit
  ALTER COLUMN chain SET NOT NULL, ALTER COLUMN place SET NOT NULL, ALTER COLUMN prev_hash SET NOT NULL, ALTER COLUMN hash SET NOT NULL,
  ADD CONSTRAINT audit_place UNIQUE (chain, place);
CREATE TRIGGER audit_is_sealed BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION mb_audit_seal();

-- Who works tells what happened; number, chain, place and hashes are not theirs to name.
REVOKE INSERT ON audit FROM mb_app, mb_sync, mb_accounts, mb_jobs;
GRANT INSERT (at, actor, device, role, action, object_kind, object_id, region, outcome, request_id, reason) ON audit
  TO mb_app, mb_sync, mb_accounts, mb_jobs;

-- The number of the last entry, at a moment when none is under way: every later one has a higher number. Held until the transaction ends.
CREATE FUNCTION mb_audit_settled() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public SET lock_timeout = '5s' AS $$
BEGIN
  LOCK TABLE public.audit IN SHARE MODE;
  RETURN coalesce((SELECT max(seq) FROM public.audit), 0);
END $$;
REVOKE ALL ON FUNCTION mb_audit_settled() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_audit_settled() TO mb_jobs;
