-- The ledger: records by county, their order, their receipts, who may see what.
-- Runs as mb_owner. Nobody else owns anything; every table has row-level security, and a role without a policy sees nothing.

GRANT USAGE ON SCHEMA public TO mb_app, mb_sync, mb_reader, mb_accounts;

-- What the caller's settings say. Unset, '' (what a transaction-local setting leaves behind) and anything off a level border give nothing.
CREATE FUNCTION mb_is_prefix(p text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN p ~ '^[0-9]{2}([0-9]{2}([0-9]{2}([0-9]{3}([0-9]{3})?)?)?)?$';
CREATE FUNCTION mb_is_code(p text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN p ~ '^[0-9]{12}$';
CREATE FUNCTION mb_list(setting text) RETURNS SETOF text LANGUAGE sql STABLE PARALLEL SAFE
  RETURN unnest(string_to_array(nullif(current_setting('mb.' || setting, true), ''), ','));
CREATE FUNCTION mb_prefixes(setting text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (SELECT coalesce(array_agg(p), '{}') FROM mb_list(setting) p WHERE mb_is_prefix(p));
CREATE FUNCTION mb_counties() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (SELECT coalesce(array_agg(p), '{}') FROM mb_list('county') p WHERE p ~ '^[0-9]{6}$');
CREATE FUNCTION mb_ids(setting text) RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (SELECT coalesce(array_agg(p::uuid), '{}') FROM mb_list(setting) p
          WHERE p ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$');
CREATE FUNCTION mb_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (mb_ids('person'))[1];
CREATE FUNCTION mb_device() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (SELECT p::bigint FROM mb_list('device') p WHERE p ~ '^[0-9]{1,16}$' LIMIT 1);

CREATE TABLE sync_meta (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch uuid NOT NULL,
  gen integer NOT NULL DEFAULT 0 CHECK (gen >= 0 AND gen < 1048576),
  system_id text NOT NULL,
  timeline integer NOT NULL,
  ring_safe_before timestamptz
);

CREATE TABLE sync_stream (
  county text COLLATE "C" PRIMARY KEY CHECK (county ~ '^[0-9]{6}$'),
  head bigint NOT NULL DEFAULT 0,
  floor bigint NOT NULL DEFAULT 0
);

CREATE TABLE record (
  county text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  region text COLLATE "C" NOT NULL,
  lane text COLLATE "C" NOT NULL CHECK (lane IN ('casework', 'outreach', 'register', 'closed')),
  recorder uuid,
  office boolean NOT NULL DEFAULT false,
  rv bigint NOT NULL,
  seq bigint NOT NULL,
  deleted boolean NOT NULL DEFAULT false,
  sv smallint NOT NULL DEFAULT 1,
  body jsonb NOT NULL,
  skeleton jsonb NOT NULL,
  fv jsonb NOT NULL DEFAULT '{}',
  h bigint NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (county, kind, id),
  CHECK (mb_is_code(region) AND left(region, 6) = county)
) PARTITION BY HASH (county);
CREATE UNIQUE INDEX record_feed ON record (county, seq);
CREATE INDEX record_by_region ON record (county, region, kind, id);

CREATE TABLE scope_exit (
  county text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  rv bigint NOT NULL,
  left_region text COLLATE "C" NOT NULL CHECK (mb_is_code(left_region)),
  lane text COLLATE "C" NOT NULL CHECK (lane IN ('casework', 'outreach', 'register', 'closed')),
  at timestamptz NOT NULL,
  PRIMARY KEY (county, seq)
) PARTITION BY HASH (county);

CREATE TABLE op_receipt (
  county text COLLATE "C" NOT NULL,
  device bigint NOT NULL,
  n bigint NOT NULL,
  op_hash bytea NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('deciding', 'ok', 'merged', 'rejected', 'quarantined')),
  detail jsonb NOT NULL DEFAULT '{}',
  seq bigint NOT NULL DEFAULT 0,
  rv bigint NOT NULL DEFAULT 0,
  at timestamptz NOT NULL,
  PRIMARY KEY (county, device, n)
) PARTITION BY HASH (county);

-- Rejected and quarantined ops, whole, so that nothing that was typed is gone.
CREATE TABLE op_refused (
  county text COLLATE "C" NOT NULL,
  device bigint NOT NULL,
  n bigint NOT NULL,
  person uuid,
  region text COLLATE "C" NOT NULL,
  lane text COLLATE "C" NOT NULL,
  op jsonb NOT NULL,
  code text NOT NULL,
  state text NOT NULL CHECK (state IN ('rejected', 'quarantined', 'decided')),
  at timestamptz NOT NULL,
  PRIMARY KEY (county, device, n)
) PARTITION BY HASH (county);

-- A value that another value replaced without its author having seen it.
CREATE TABLE field_loss (
  county text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  field text COLLATE "C" NOT NULL,
  rv bigint NOT NULL,
  value jsonb,
  who bigint NOT NULL,
  at timestamptz NOT NULL,
  resolved_by bigint,
  PRIMARY KEY (county, kind, id, field, rv)
) PARTITION BY HASH (county);

CREATE TABLE region_digest (
  county text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  lane text COLLATE "C" NOT NULL,
  n bigint NOT NULL,
  x bigint NOT NULL,
  PRIMARY KEY (county, region, lane)
) PARTITION BY HASH (county);

CREATE TABLE rollup (
  county text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  metric text COLLATE "C" NOT NULL,
  day date NOT NULL,
  n bigint NOT NULL,
  PRIMARY KEY (county, region, metric, day)
) PARTITION BY HASH (county);

CREATE TABLE rollup_up (
  scope text COLLATE "C" NOT NULL CHECK (mb_is_prefix(scope)),
  metric text COLLATE "C" NOT NULL,
  day date NOT NULL,
  county text COLLATE "C" NOT NULL,
  n bigint NOT NULL,
  as_of bigint NOT NULL,
  PRIMARY KEY (scope, metric, day, county)
);

-- Only records that ever changed county.
CREATE TABLE record_home (
  id uuid PRIMARY KEY,
  county text COLLATE "C" NOT NULL
);

CREATE TABLE attachment (
  county text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  kind text COLLATE "C" NOT NULL,
  record uuid NOT NULL,
  sha256 bytea NOT NULL,
  size bigint NOT NULL,
  mime text NOT NULL,
  device bigint NOT NULL,
  state text NOT NULL DEFAULT 'awaited' CHECK (state IN ('awaited', 'stored', 'failed')),
  stored_at timestamptz,
  PRIMARY KEY (county, id)
) PARTITION BY HASH (county);

-- Sealed ops handed in without a session: received, not yet opened.
CREATE TABLE dropbox (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device bigint NOT NULL,
  n bigint NOT NULL,
  sealed bytea NOT NULL,
  state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'opened', 'quarantined')),
  received_at timestamptz NOT NULL,
  UNIQUE (device, n)
);

CREATE TABLE region (
  code text COLLATE "C" PRIMARY KEY CHECK (mb_is_code(code)),
  name text NOT NULL,
  short text NOT NULL,
  ord integer NOT NULL DEFAULT 0,
  valid_from date,
  valid_to date,
  merged_into text COLLATE "C" CHECK (mb_is_code(merged_into))
);

CREATE TABLE person (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE account (
  id uuid PRIMARY KEY,
  person uuid NOT NULL UNIQUE REFERENCES person (id),
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE device (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account uuid NOT NULL REFERENCES account (id),
  state text NOT NULL DEFAULT 'provisional' CHECK (state IN ('provisional', 'confirmed', 'revoked')),
  mark text NOT NULL DEFAULT '',
  village text COLLATE "C" CHECK (mb_is_code(village)),
  app text NOT NULL DEFAULT '',
  last_seen timestamptz,
  -- The last answer given when nothing else waited on the phone: no op that comes later was made before it.
  last_answer_at timestamptz,
  -- What the phone said waits there: ops, age of the oldest (s), refused ops, blobs; and how far its clock is off (ms).
  out bigint NOT NULL DEFAULT 0,
  oldest bigint NOT NULL DEFAULT 0,
  dead bigint NOT NULL DEFAULT 0,
  blobs bigint NOT NULL DEFAULT 0,
  clock_off bigint,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX device_by_account ON device (account);
CREATE INDEX device_by_village ON device (village);

CREATE TABLE role_grant (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  person uuid NOT NULL REFERENCES person (id),
  role text NOT NULL CHECK (role IN ('mediator', 'understander', 'clerk', 'coordinator', 'administrator', 'auditor')),
  region text COLLATE "C" NOT NULL CHECK (mb_is_prefix(region)),
  lanes text[] NOT NULL CHECK (lanes <@ ARRAY['casework', 'outreach', 'register', 'closed']),
  view text NOT NULL CHECK (view IN ('full', 'skeleton')),
  from_day date NOT NULL,
  to_day date
);
CREATE INDEX role_grant_by_person ON role_grant (person);

CREATE TABLE record_grant (
  person uuid NOT NULL REFERENCES person (id),
  record uuid NOT NULL,
  from_day date NOT NULL,
  to_day date,
  PRIMARY KEY (person, record, from_day)
);

CREATE TABLE scope_rev (
  person uuid PRIMARY KEY REFERENCES person (id),
  rev bigint NOT NULL DEFAULT 1
);

-- Who did what, for ever. Ids only; the chain of hashes is filled in by its own step.
CREATE TABLE audit (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  actor uuid,
  device bigint,
  role text NOT NULL,
  action text NOT NULL,
  object_kind text NOT NULL DEFAULT '',
  object_id text NOT NULL DEFAULT '',
  region text COLLATE "C" NOT NULL DEFAULT '',
  outcome text NOT NULL,
  request_id text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  prev_hash bytea,
  hash bytea
);
CREATE INDEX audit_by_object ON audit (object_kind, object_id);

CREATE FUNCTION mb_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is only ever added to' USING ERRCODE = '42501';
END $$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION mb_refuse_change();
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION mb_refuse_change();

-- Thirty-two hash partitions of everything that belongs to a county, so that a county can be moved without a rebuild.
DO $$
DECLARE t text; i integer;
BEGIN
  FOREACH t IN ARRAY ARRAY['record', 'scope_exit', 'op_receipt', 'op_refused', 'field_loss', 'region_digest', 'rollup', 'attachment'] LOOP
    FOR i IN 0..31 LOOP
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 32, REMAINDER %s)', t || '_' || lpad(i::text, 2, '0'), t, i);
    END LOOP;
  END LOOP;
END $$;

-- Row-level security everywhere, partitions included (they have no policy of their own, so nobody reads them directly).
DO $$
DECLARE t record;
BEGIN
  FOR t IN SELECT c.oid::regclass AS name, c.relispartition AS part FROM pg_class c
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'mb_migration' LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.name);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t.name);
    IF NOT t.part THEN
      EXECUTE format('CREATE POLICY owner_all ON %s TO mb_owner USING (true) WITH CHECK (true)', t.name);
    END IF;
  END LOOP;
END $$;

-- Pushes: one county (two for a transfer), named by the setting mb.county.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['record', 'scope_exit', 'op_receipt', 'op_refused', 'field_loss', 'region_digest', 'rollup', 'attachment', 'sync_stream', 'record_home'] LOOP
    EXECUTE format('CREATE POLICY push_county ON %I TO mb_sync USING (county = ANY ((SELECT mb_counties())::text[]))
                    WITH CHECK (county = ANY ((SELECT mb_counties())::text[]))', t);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON record, op_refused, field_loss, region_digest, rollup, attachment, sync_stream, record_home TO mb_sync;
GRANT SELECT, INSERT ON scope_exit TO mb_sync;
GRANT SELECT, INSERT, UPDATE, DELETE ON op_receipt TO mb_sync;
CREATE POLICY push_device ON device TO mb_sync USING (id = (SELECT mb_device())) WITH CHECK (id = (SELECT mb_device()));
GRANT SELECT, UPDATE (app, last_seen, last_answer_at, out, oldest, dead, blobs, clock_off) ON device TO mb_sync;

CREATE POLICY anyone_reads ON sync_meta FOR SELECT TO mb_app, mb_sync, mb_accounts USING (true);
CREATE POLICY anyone_reads ON region FOR SELECT TO mb_app, mb_sync, mb_reader, mb_accounts USING (true);
CREATE POLICY app_reads_heads ON sync_stream FOR SELECT TO mb_app USING (true);
GRANT SELECT ON sync_meta TO mb_app, mb_sync, mb_accounts;
GRANT SELECT ON region TO mb_app, mb_sync, mb_reader, mb_accounts;
GRANT SELECT ON sync_stream TO mb_app;

-- Reads by people. mb_app has no right to `record`; it reads a view whose owner, mb_reader, is bound by this policy.
CREATE POLICY seen ON record FOR SELECT TO mb_reader USING (
  recorder = (SELECT mb_person())
  OR id = ANY ((SELECT mb_ids('records'))::uuid[])
  OR (lane = 'casework' AND (region ^@ ANY ((SELECT mb_prefixes('full_casework'))::text[])
                          OR region ^@ ANY ((SELECT mb_prefixes('skeleton_casework'))::text[])))
  OR (lane = 'outreach' AND (region ^@ ANY ((SELECT mb_prefixes('full_outreach'))::text[])
                          OR region ^@ ANY ((SELECT mb_prefixes('skeleton_outreach'))::text[])))
  OR (lane = 'register' AND (region ^@ ANY ((SELECT mb_prefixes('full_register'))::text[])
                          OR region ^@ ANY ((SELECT mb_prefixes('skeleton_register'))::text[])))
);
CREATE POLICY seen ON scope_exit FOR SELECT TO mb_reader USING (
  (lane = 'casework' AND left_region ^@ ANY ((SELECT mb_prefixes('full_casework'))::text[]))
  OR (lane = 'outreach' AND left_region ^@ ANY ((SELECT mb_prefixes('full_outreach'))::text[]))
  OR (lane = 'register' AND left_region ^@ ANY ((SELECT mb_prefixes('full_register'))::text[]))
);
CREATE POLICY seen ON device FOR SELECT TO mb_reader USING (village ^@ ANY ((SELECT mb_prefixes('counts'))::text[]));
GRANT SELECT ON record, scope_exit TO mb_reader;
GRANT SELECT (village, state, last_seen, out, oldest, dead, blobs) ON device TO mb_reader;

CREATE VIEW record_seen AS
SELECT county, kind, id, region, lane, recorder, office, rv, seq, deleted, sv, received_at, view,
       CASE WHEN view = 'full' THEN body ELSE skeleton END AS body
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
CREATE VIEW exit_seen AS SELECT county, seq, kind, id, rv, left_region, lane FROM scope_exit;
-- What still waits on the phones of a region, without saying whose they are.
CREATE VIEW device_seen AS SELECT village, state, last_seen, out, oldest, dead, blobs FROM device;

GRANT SELECT ON record_seen, exit_seen, device_seen TO mb_app;
GRANT CREATE ON SCHEMA public TO mb_reader;
ALTER VIEW record_seen OWNER TO mb_reader;
ALTER VIEW exit_seen OWNER TO mb_reader;
ALTER VIEW device_seen OWNER TO mb_reader;
REVOKE CREATE ON SCHEMA public FROM mb_reader;

-- Numbers of the caller's regions; ops not accepted and values replaced, to those who may read the record whole.
CREATE POLICY counted ON rollup FOR SELECT TO mb_app USING (region ^@ ANY ((SELECT mb_prefixes('counts'))::text[]));
CREATE POLICY counted ON rollup_up FOR SELECT TO mb_app USING (county ^@ ANY ((SELECT mb_prefixes('counts'))::text[]));
CREATE POLICY own_or_full ON op_refused FOR SELECT TO mb_app USING (
  person = (SELECT mb_person())
  OR (lane = 'casework' AND region ^@ ANY ((SELECT mb_prefixes('full_casework'))::text[]))
  OR (lane = 'outreach' AND region ^@ ANY ((SELECT mb_prefixes('full_outreach'))::text[]))
  OR (lane = 'register' AND region ^@ ANY ((SELECT mb_prefixes('full_register'))::text[]))
);
CREATE POLICY of_seen_record ON field_loss FOR SELECT TO mb_app USING (
  EXISTS (SELECT 1 FROM record_seen s WHERE s.county = field_loss.county AND s.kind = field_loss.kind AND s.id = field_loss.id AND s.view = 'full')
);
CREATE POLICY of_scope ON region_digest FOR SELECT TO mb_app USING (
  (lane = 'casework' AND region ^@ ANY ((SELECT mb_prefixes('full_casework'))::text[]))
  OR (lane = 'outreach' AND region ^@ ANY ((SELECT mb_prefixes('full_outreach'))::text[]))
  OR (lane = 'register' AND region ^@ ANY ((SELECT mb_prefixes('full_register'))::text[]))
);
GRANT SELECT ON rollup, rollup_up, op_refused, field_loss, region_digest TO mb_app;

-- The log: everybody writes, only an auditor's prefixes read.
CREATE POLICY written ON audit FOR INSERT TO mb_app, mb_sync, mb_accounts WITH CHECK (true);
CREATE POLICY audited ON audit FOR SELECT TO mb_app USING (region ^@ ANY ((SELECT mb_prefixes('audit'))::text[]));
GRANT INSERT ON audit TO mb_app, mb_sync, mb_accounts;
GRANT SELECT ON audit TO mb_app;

-- Accounts: people, devices, grants, regions; no record.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['person', 'account', 'device', 'role_grant', 'record_grant', 'scope_rev', 'region'] LOOP
    EXECUTE format('CREATE POLICY accounts_all ON %I TO mb_accounts USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO mb_accounts', t);
  END LOOP;
END $$;

-- The identity of this history. A copy, a restore or a failover begins a new one, so that no number ever means two things.
CREATE FUNCTION mb_open_history() RETURNS TABLE (epoch uuid, gen integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  here text := (SELECT system_identifier::text FROM pg_control_system());
  line integer := ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::integer;
  known public.sync_meta%ROWTYPE;
  next integer;
BEGIN
  SELECT * INTO known FROM public.sync_meta;
  IF NOT FOUND OR known.system_id <> here OR known.timeline <> line THEN
    PERFORM pg_advisory_xact_lock(7710, 1);
    SELECT * INTO known FROM public.sync_meta FOR UPDATE;
    IF NOT FOUND THEN
      INSERT INTO public.sync_meta (epoch, system_id, timeline) VALUES (gen_random_uuid(), here, line) RETURNING * INTO known;
    ELSIF known.system_id <> here OR known.timeline <> line THEN
      -- Hours since 2025 keep an old backup from using a generation that the lost history had already used.
      next := greatest(known.gen + 1, (extract(epoch FROM now() - timestamptz '2025-01-01 00:00+00') / 3600)::integer);
      UPDATE public.sync_stream s SET head = greatest(s.head, next::bigint << 33);
      UPDATE public.sync_meta m SET epoch = gen_random_uuid(), gen = next, system_id = here, timeline = line RETURNING * INTO known;
    END IF;
  END IF;
  RETURN QUERY SELECT known.epoch, known.gen;
END $$;
REVOKE ALL ON FUNCTION mb_open_history() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_open_history() TO mb_app, mb_sync, mb_accounts;
