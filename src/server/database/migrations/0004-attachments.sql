-- Files of attachments: what is on its way, what is kept, and who may write to an upload just now.

-- `attachment` says which record's bytes are awaited of which phone. By content, because the same content is handed in once.
CREATE INDEX attachment_by_content ON attachment (sha256);

-- One row for each content and phone. Bytes lie in pieces, one for each time somebody wrote; what this row does not name is not there.
CREATE TABLE upload (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}-[0-9]{1,16}$'),
  device bigint NOT NULL,
  person uuid NOT NULL,
  mime text NOT NULL,
  size bigint NOT NULL CHECK (size > 0),
  -- Bytes that are certain, and the pieces they lie in: [token of the writer, bytes], in order.
  at bigint NOT NULL DEFAULT 0 CHECK (at >= 0 AND at <= size),
  pieces jsonb NOT NULL DEFAULT '[]',
  -- Counties whose records wait for it.
  counties jsonb NOT NULL DEFAULT '[]',
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'stored')),
  created_at timestamptz NOT NULL,
  touched_at timestamptz NOT NULL
);
CREATE INDEX upload_by_device ON upload (device, created_at);

-- Who writes to an upload. The token only grows: a writer that was overtaken finds its own no longer there and is not believed.
CREATE TABLE upload_lease (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}-[0-9]{1,16}$'),
  device bigint NOT NULL,
  token bigint NOT NULL DEFAULT 0,
  held_until timestamptz NOT NULL,
  -- Somebody else waits: the holder ends what it does as soon as it can.
  wanted boolean NOT NULL DEFAULT false
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['upload', 'upload_lease'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO mb_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY own_device ON %I TO mb_sync USING (device = (SELECT mb_device())) WITH CHECK (device = (SELECT mb_device()))', t);
    EXECUTE format('CREATE POLICY jobs_sweep ON %I FOR DELETE TO mb_jobs USING (true)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO mb_sync', t);
    EXECUTE format('GRANT DELETE ON %I TO mb_jobs', t);
  END LOOP;
END $$;
