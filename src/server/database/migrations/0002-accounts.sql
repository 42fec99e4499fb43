-- Accounts: desk logins, sessions, invitations, cards, first-time codes, feedback. Runs as mb_owner.
-- Moments are epoch milliseconds of the server's clock (bigint), hashes are hexadecimal text; no token and no code is kept itself.

ALTER TABLE account
  ADD COLUMN username text COLLATE "C" UNIQUE CHECK (username ~ '^[a-z][a-z0-9._-]{2,29}$'),
  ADD COLUMN password text,
  ADD COLUMN seed text,
  ADD COLUMN last_step bigint NOT NULL DEFAULT 0,
  ADD COLUMN recovery text[] NOT NULL DEFAULT '{}',
  -- People of the demo world: refused wherever the demo is off.
  ADD COLUMN demo boolean NOT NULL DEFAULT false;

ALTER TABLE device
  ADD COLUMN sort text NOT NULL DEFAULT 'phone' CHECK (sort IN ('phone', 'desk')),
  ADD COLUMN public_key text;
-- Two phones of one village never write the same paper number, not even years apart: a letter is never given again.
CREATE UNIQUE INDEX device_mark ON device (village, mark) WHERE mark <> '';

-- One appointment may have several grants; its office is named once.
ALTER TABLE role_grant ADD COLUMN organisation text NOT NULL DEFAULT '';

CREATE TABLE session (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  person uuid NOT NULL REFERENCES person (id),
  device bigint REFERENCES device (id),
  sort text NOT NULL CHECK (sort IN ('phone', 'desk')),
  made_at bigint NOT NULL,
  used_at bigint NOT NULL,
  token_at bigint NOT NULL,
  token_hash text COLLATE "C" NOT NULL UNIQUE,
  -- The token that has been sent out to follow, and the one before the current, with the moment it was replaced.
  successor_hash text COLLATE "C" UNIQUE,
  replaced_hash text COLLATE "C" UNIQUE,
  replaced_at bigint,
  ended_at bigint,
  ended_for text CHECK (ended_for IN ('logout', 'theft', 'revoked', 'replaced'))
);
CREATE INDEX session_by_person ON session (person);
CREATE INDEX session_by_device ON session (device);

-- Failed tries, by who was named and from where; the key is an HMAC, so that names tried in vain are not kept.
CREATE TABLE login_guard (
  key text COLLATE "C" PRIMARY KEY,
  failures integer NOT NULL,
  last_at bigint NOT NULL
);

CREATE TABLE invitation (
  id uuid PRIMARY KEY,
  code_hash text COLLATE "C" NOT NULL UNIQUE,
  finder text COLLATE "C" NOT NULL,
  typed_hash text COLLATE "C" NOT NULL,
  name text NOT NULL,
  role text NOT NULL,
  region text COLLATE "C" NOT NULL CHECK (mb_is_prefix(region)),
  -- Somebody already known, on a new phone; null: a new person.
  person uuid REFERENCES person (id),
  -- null: made at the operator's command line.
  by_person uuid REFERENCES person (id),
  made_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'pending', 'confirmed', 'dropped', 'voided', 'used')),
  words text[] NOT NULL DEFAULT '{}',
  poll_hash text COLLATE "C" UNIQUE,
  token_hash text COLLATE "C" UNIQUE,
  public_key text,
  known_device bigint,
  device bigint REFERENCES device (id)
);
CREATE INDEX invitation_by_person ON invitation (by_person);
CREATE UNIQUE INDEX invitation_finder ON invitation (finder) WHERE state = 'open';

CREATE TABLE card (
  id uuid PRIMARY KEY,
  code_hash text COLLATE "C" NOT NULL UNIQUE,
  finder text COLLATE "C" NOT NULL,
  typed_hash text COLLATE "C" NOT NULL,
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('mediator', 'understander')),
  region text COLLATE "C" NOT NULL CHECK (mb_is_prefix(region)),
  by_person uuid REFERENCES person (id),
  made_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'voided', 'used')),
  token_hash text COLLATE "C" UNIQUE,
  device bigint REFERENCES device (id)
);
CREATE INDEX card_by_region ON card (region);
CREATE UNIQUE INDEX card_finder ON card (finder) WHERE state = 'open';

-- One-time codes with which a person sets up the own desk login.
CREATE TABLE desk_setup (
  code_hash text COLLATE "C" PRIMARY KEY,
  person uuid NOT NULL REFERENCES person (id),
  username text COLLATE "C" NOT NULL DEFAULT '',
  seed text NOT NULL,
  expires_at bigint NOT NULL,
  used_at bigint
);

CREATE TABLE feedback (
  id uuid PRIMARY KEY,
  sort text NOT NULL CHECK (sort IN ('complaint', 'suggestion')),
  body text NOT NULL,
  contact text NOT NULL DEFAULT '',
  -- null: for the sponsor's office.
  region text COLLATE "C" CHECK (mb_is_code(region)),
  at bigint NOT NULL
);
CREATE INDEX feedback_by_region ON feedback (region, at);

-- What this installation is, for ever: 'demo' once the demo world was loaded.
CREATE TABLE installation_mark (
  mark text PRIMARY KEY,
  at bigint NOT NULL
);

-- Who picks up the phone on the ports after the demo's own, in order from 1.
CREATE TABLE demo_person (
  place integer PRIMARY KEY CHECK (place BETWEEN 1 AND 9),
  person uuid NOT NULL REFERENCES person (id)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['session', 'login_guard', 'invitation', 'card', 'desk_setup', 'feedback', 'installation_mark', 'demo_person'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO mb_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY accounts_all ON %I TO mb_accounts USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO mb_accounts', t);
  END LOOP;
END $$;
