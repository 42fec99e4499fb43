-- Orders to phones, devices that their owner has not seen yet, fresh proof of a person, and files opened in danger by two. Runs as mb_owner.

-- When the person last showed a second factor in this session, epoch ms.
ALTER TABLE session ADD COLUMN proved_at bigint;
-- When it came, epoch ms (null: before this was kept), and whether its person has said so on another device of theirs.
ALTER TABLE device
  ADD COLUMN made_at bigint,
  ADD COLUMN greeted boolean NOT NULL DEFAULT true;

-- What the office ordered of a phone. n only grows, and is the server's clock where it can be: after a restore no number comes twice.
CREATE TABLE device_order (
  device bigint NOT NULL REFERENCES device (id),
  n bigint NOT NULL,
  sort text NOT NULL CHECK (sort IN ('lock', 'release', 'wipe-after-drain')),
  -- null: by the server itself, when the phone was let in again.
  by_person uuid REFERENCES person (id),
  obeyed_at bigint,
  PRIMARY KEY (device, n)
);

-- A file that somebody of an office asked to read because somebody is in danger, and what a second one said. Times are epoch ms.
CREATE TABLE emergency (
  id uuid PRIMARY KEY,
  county text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  record uuid NOT NULL,
  region text COLLATE "C" NOT NULL CHECK (mb_is_code(region)),
  person uuid NOT NULL REFERENCES person (id),
  reason text NOT NULL CHECK (reason <> ''),
  asked_at bigint NOT NULL,
  -- Until when somebody may say yes, and, once they did, until when it is open.
  until_at bigint NOT NULL,
  with_person uuid REFERENCES person (id),
  opened_at bigint,
  -- Whose work it is, and who of them has been told.
  owners uuid[] NOT NULL DEFAULT '{}',
  seen_by uuid[] NOT NULL DEFAULT '{}',
  CHECK (with_person <> person),
  CHECK ((with_person IS NULL) = (opened_at IS NULL))
);
CREATE INDEX emergency_by_region ON emergency (region, asked_at);
CREATE INDEX emergency_by_person ON emergency (person, until_at);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['device_order', 'emergency'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO mb_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY accounts_all ON %I TO mb_accounts USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO mb_accounts', t);
  END LOOP;
END $$;

-- Where a dispute is, whose it is and whether it is marked as dangerous, and nothing else of it: found by its id, or by the number in the
-- paper book of a place, because what lies behind the closed door is in no list.
CREATE FUNCTION mb_in_danger(of_county text, prefix text, of_id uuid, paper_no text)
RETURNS TABLE (id uuid, region text, owners uuid[], marked boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT r.id, r.region,
    array_remove(ARRAY[r.recorder, CASE WHEN r.body ->> 'mediator' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
      THEN (r.body ->> 'mediator')::uuid END], NULL),
    r.body -> 'flags' ?| ARRAY['violence', 'minor', 'weapon', 'group']
  FROM public.record r
  WHERE r.county = of_county AND r.kind = 'dispute' AND NOT r.deleted AND r.region ^@ prefix AND prefix <> ''
    AND (r.id = of_id OR (paper_no <> '' AND r.body ->> 'paperNo' = paper_no))
  LIMIT 1
$$;
REVOKE ALL ON FUNCTION mb_in_danger(text, text, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mb_in_danger(text, text, uuid, text) TO mb_accounts;
