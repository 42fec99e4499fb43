import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CannotStart } from './refused.ts'

/** One open session, below Drizzle, for what a migration does: several statements in one text, and plain questions. */
export interface Session {
  exec(statements: string): Promise<void>
  ask(statement: string, values?: unknown[]): Promise<Record<string, unknown>[]>
}

const FOLDER = join(import.meta.dirname, 'migrations')
const LOCK = 771_001
const ROLES = ['mb_owner', 'mb_app', 'mb_sync', 'mb_reader', 'mb_accounts', 'mb_jobs'] as const

export interface Migration {
  name: string
  text: string
  checksum: string
}

/** The migrations of this build, in order. */
export async function migrationsOf(folder = FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((one) => /^\d{4}-[a-z0-9-]+\.sql$/.test(one)).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8')
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

/** Fingerprint of the whole set: names a template of an empty database. */
export async function migrationsKey(): Promise<string> {
  const all = await migrationsOf()
  return createHash('sha256')
    .update(all.map((one) => `${one.name} ${one.checksum}`).join('\n'))
    .digest('hex')
    .slice(0, 16)
}

/** Roles that do not log in. They belong to the cluster, so another database may have made them already. */
async function makeRoles(session: Session, appLogin: string | null): Promise<void> {
  const known = (await session.ask(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'mb\\_%'`)).map(
    (one) => one['rolname'],
  )
  for (const role of ROLES) {
    if (known.includes(role)) continue
    await session.exec(
      `DO $$ BEGIN CREATE ROLE ${role} NOLOGIN NOSUPERUSER NOBYPASSRLS; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    )
  }
  const member = async (role: string, of: string) => {
    const [row] = await session.ask(`SELECT pg_has_role($1::name, $2::name, 'MEMBER') AS yes`, [of, role])
    if (!row?.['yes']) await session.exec(`GRANT ${role} TO "${of.replaceAll('"', '""')}"`)
  }
  const [me] = await session.ask('SELECT session_user::text AS name')
  await member('mb_owner', String(me?.['name']))
  await member('mb_reader', 'mb_owner')
  for (const role of ['mb_app', 'mb_sync', 'mb_accounts', 'mb_jobs'])
    await member(role, appLogin ?? String(me?.['name']))
  await session.exec('REVOKE ALL ON SCHEMA public FROM PUBLIC')
  // Asked first: once mb_owner may pass it on, granting it again would be granting it back to the grantor, which is refused.
  const [may] = await session.ask(
    `SELECT has_schema_privilege('mb_owner', 'public', 'CREATE WITH GRANT OPTION') AND
            has_schema_privilege('mb_owner', 'public', 'USAGE WITH GRANT OPTION') AS both`,
  )
  if (!may?.['both']) await session.exec('GRANT CREATE, USAGE ON SCHEMA public TO mb_owner WITH GRANT OPTION')
}

const MAKE_LOG = `BEGIN; SET LOCAL ROLE mb_owner;
  CREATE TABLE public.mb_migration (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
  ALTER TABLE public.mb_migration ENABLE ROW LEVEL SECURITY; ALTER TABLE public.mb_migration FORCE ROW LEVEL SECURITY;
  CREATE POLICY owner_all ON public.mb_migration TO mb_owner USING (true) WITH CHECK (true);
  CREATE POLICY anyone_reads ON public.mb_migration FOR SELECT TO PUBLIC USING (true);
  GRANT SELECT ON public.mb_migration TO PUBLIC; COMMIT;`

async function hasLog(session: Session): Promise<boolean> {
  const [table] = await session.ask(`SELECT to_regclass('public.mb_migration') IS NOT NULL AS there`)
  return table?.['there'] === true
}

async function applied(session: Session): Promise<Map<string, string>> {
  if (!(await hasLog(session))) return new Map()
  const rows = await session.ask('SELECT name, checksum FROM public.mb_migration')
  return new Map(rows.map((one) => [String(one['name']), String(one['checksum'])]))
}

/** Which migrations this database still lacks; refuses when one that ran is no longer what it was. */
export async function pending(session: Session): Promise<Migration[]> {
  const done = await applied(session)
  const all = await migrationsOf()
  const changed = all.find((one) => done.has(one.name) && done.get(one.name) !== one.checksum)
  if (changed)
    throw new CannotStart(
      'migration-changed',
      `the database was made with another text of ${changed.name}; start the version that made it, or restore that file.`,
    )
  return all.filter((one) => !done.has(one.name))
}

/** Tables that later files brought are read by backups and audits like all others. */
async function letJobsRead(session: Session): Promise<void> {
  const [known] = await session.ask(`SELECT to_regproc('public.mb_let_jobs_read') IS NOT NULL AS there`)
  if (known?.['there'] === true)
    await session.exec('BEGIN; SET LOCAL ROLE mb_owner; SELECT mb_let_jobs_read(); COMMIT;')
}

/**
 * Brings the database up to this build: one transaction for each file, in order, under a lock that other starting servers wait
 * for. Stopped half-way, it goes on where it stopped.
 * @param appLogin the login that the server works with, which gets the working roles; null: the same one as now
 * @param only the files to run, for a backup that an older build made; all when not said
 * @returns names of the files that ran
 */
export async function migrate(
  session: Session,
  appLogin: string | null = null,
  only?: ReadonlySet<string>,
): Promise<string[]> {
  await session.ask('SELECT pg_advisory_lock($1)', [LOCK])
  try {
    await makeRoles(session, appLogin)
    if (!(await hasLog(session))) await session.exec(MAKE_LOG)
    const todo = (await pending(session)).filter((one) => only?.has(one.name) ?? true)
    for (const one of todo) {
      const note = `INSERT INTO public.mb_migration (name, checksum) VALUES ('${one.name}', '${one.checksum}')`
      await session
        .exec(`BEGIN; SET LOCAL ROLE mb_owner; ${one.text}\n; ${note}; COMMIT;`)
        .catch(async (error: unknown) => {
          await session.exec('ROLLBACK')
          throw error
        })
    }
    if (todo.length > 0) await letJobsRead(session)
    return todo.map((one) => one.name)
  } finally {
    await session.ask('SELECT pg_advisory_unlock($1)', [LOCK])
  }
}
