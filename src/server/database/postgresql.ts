import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Database, DatabaseRole, Tx } from './database.ts'
import { migrate, pending, type Session } from './migrate.ts'
import { CannotStart } from './refused.ts'
import * as schema from './schema.ts'
import { workAs } from './work.ts'

// Counters are below 2^53 by construction; hashes are read as text.
const INT8 = 20
pg.types.setTypeParser(INT8, Number)

export interface PostgresOptions {
  url: string
  /** Login that owns the tables and migrates; null: `url` may try. */
  ownerUrl: string | null
  connections?: number
  /** The migrations to run, for a backup that an older build made; all when not said. */
  only?: ReadonlySet<string>
}

const sessionOf = (client: pg.ClientBase): Session => ({
  exec: async (statements) => void (await client.query(statements)),
  ask: async (statement, values) =>
    (await client.query<Record<string, unknown>>(statement, values ?? [])).rows,
})

async function connected<T>(url: string, named: string, work: (session: Session) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
  } catch (error) {
    const why = (error as { code?: string }).code ?? 'no answer'
    throw new CannotStart(
      'database-unreachable',
      `the database named by ${named} cannot be reached (${why}); check address, name and password.`,
    )
  }
  try {
    return await work(sessionOf(client))
  } finally {
    await client.end()
  }
}

async function checkVersion(session: Session): Promise<void> {
  const [row] = await session.ask(`SELECT current_setting('server_version_num')::int AS version`)
  if (Number(row?.['version']) < 150_000)
    throw new CannotStart('database-too-old', 'PostgreSQL 15 or newer is needed; please use a newer server.')
}

async function loginOf(session: Session): Promise<string> {
  const [row] = await session.ask('SELECT session_user::text AS name')
  return String(row?.['name'])
}

/** Migrates as the owner, or says in one sentence that somebody has to. */
async function bringUp({ url, ownerUrl, only }: PostgresOptions): Promise<void> {
  const { login, todo } = await connected(url, 'DATABASE_URL', async (session) => {
    await checkVersion(session)
    return { login: await loginOf(session), todo: (await pending(session)).length }
  })
  if (ownerUrl !== null)
    return void (await connected(ownerUrl, 'DATABASE_OWNER_URL', (session) => migrate(session, login, only)))
  if (todo === 0) return
  await connected(url, 'DATABASE_URL', (session) => migrate(session, null, only)).catch((error: unknown) => {
    if ((error as { code?: string }).code !== '42501') throw error
    throw new CannotStart(
      'may-not-migrate',
      'the database needs to be brought up to date, and DATABASE_URL may not do that; name its owner by DATABASE_OWNER_URL.',
    )
  })
}

/**
 * What this process saw of the database's log: in one history it only grows. When a new connection finds it shorter, an older state
 * was put back under the same name, and a new history begins.
 */
interface WalSeen {
  epoch: string
  wal: number
}

async function ask(client: pg.ClientBase, seen: WalSeen): Promise<WalSeen> {
  // As it was before the question: whoever asks at the same time may hear of a longer log and be first to note it.
  const before = { ...seen }
  const { rows } = await client.query<WalSeen>('SELECT epoch, mb_wal_place() AS wal FROM mb_open_history()')
  const now = rows[0] ?? before
  if (now.epoch !== before.epoch || now.wal >= before.wal) return now
  const anew = await client.query<{ epoch: string }>('SELECT epoch FROM mb_new_history(0, 0)')
  return { epoch: anew.rows[0]?.epoch ?? '', wal: now.wal }
}

/** Looks which history a new connection is in, before its first statement. */
async function look(client: pg.ClientBase, role: DatabaseRole, seen: WalSeen): Promise<void> {
  try {
    await client.query(`BEGIN; SET LOCAL ROLE mb_${role}`)
    const now = await ask(client, seen)
    await client.query('COMMIT')
    Object.assign(seen, now, now.epoch === seen.epoch ? { wal: Math.max(now.wal, seen.wal) } : {})
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/** Runs work on a client of its own whose history was looked at before its first statement. */
function transactOn(pool: pg.Pool, role: DatabaseRole, seen: WalSeen) {
  const checked = new WeakSet<pg.PoolClient>()
  return async <T>(
    work: (tx: Tx) => Promise<T>,
    config?: { isolationLevel: 'read committed' | 'repeatable read' },
  ): Promise<T> => {
    const client = await pool.connect()
    try {
      const db = drizzle(client, { schema })
      if (!checked.has(client)) {
        await look(client, role, seen)
        checked.add(client)
      }
      // Same shape at run time; only the driver's own result type differs.
      return await db.transaction((tx) => work(tx as unknown as Tx), config)
    } finally {
      // The pool itself drops a client whose connection is gone.
      client.release()
    }
  }
}

/** Opens PostgreSQL (15 or newer) for serving, brought up to this build. Throws `CannotStart` with one sentence. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  await bringUp(options)
  const pool = new pg.Pool({ connectionString: options.url, max: options.connections ?? 10 })
  const ownerPool =
    options.ownerUrl === null ? pool : new pg.Pool({ connectionString: options.ownerUrl, max: 2 })
  // An idle connection that dies is replaced at the next use; without a listener it would end the process.
  for (const one of [pool, ownerPool]) one.on('error', () => {})
  const seen: WalSeen = { epoch: '', wal: 0 }
  const asApp = transactOn(pool, 'app', seen)
  const asOwner = transactOn(ownerPool, 'owner', seen)
  const transactAs = (role: DatabaseRole) => (role === 'owner' ? asOwner : asApp)
  return {
    kind: 'postgresql',
    as: (role, settings, work, more) => workAs(transactAs(role), role, settings, work, more),
    async close() {
      await pool.end()
      if (ownerPool !== pool) await ownerPool.end()
    },
  }
}
