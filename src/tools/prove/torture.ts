import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openPostgres } from '#server/database/postgresql.ts'
import { start, type Running } from '#server/start.ts'
import { administer, startCluster } from './cluster.ts'
import type { Proven } from './proof.ts'
import { configIn, correct, enrol, exchange, isTaken, logOutreach, type ProofPhone } from './world.ts'

const COUNTIES = ['999901', '999902'] as const
const NODES = 4

/**
 * The usual design, on the very same transactions: every op takes a number of a sequence when its receipt is written, and a puller asks
 * for what lies beyond the last number it saw. Kept by a trigger that the product does not have.
 */
const SEQUENCE = `
  CREATE TABLE prove_log (place bigserial PRIMARY KEY, county text NOT NULL, device bigint NOT NULL, n bigint NOT NULL);
  CREATE FUNCTION prove_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  BEGIN INSERT INTO public.prove_log (county, device, n) VALUES (NEW.county, NEW.device, NEW.n); RETURN NULL; END $$;
  CREATE TRIGGER prove_note AFTER INSERT ON op_receipt FOR EACH ROW EXECUTE FUNCTION prove_note();`

interface Written {
  /** Newest version acknowledged, by record. */
  newest: Map<string, number>
  ops: number
}

/** One phone that hands in without a pause; everybody corrects everybody's records too, so that rows are waited for. */
async function write(
  url: string,
  phone: ProofPhone,
  until: number,
  all: Written,
  shared: string[],
): Promise<void> {
  for (let turn = 0; Date.now() < until; turn++) {
    const ops = Array.from({ length: 1 + (turn % 3) }, () => logOutreach(phone, turn % 300))
    for (let i = 0; i < 2 && shared.length > 0; i++)
      ops.push(correct(phone, shared[(turn * 7 + i * 13 + phone.device) % shared.length] ?? '', turn % 500))
    const done = await exchange(url, phone, { push: ops })
    for (const [at, ack] of done.acks.entries()) {
      if (!isTaken(ack)) throw new Error(`an op was ${ack[1]} (${ack[4].code ?? ''})`)
      const one = ops[at]
      if (!one) continue
      const id = one.e[1]
      all.ops++
      all.newest.set(id, Math.max(all.newest.get(id) ?? 0, ack[3]))
      if (one.b === 0 && shared.length < 40) shared.push(id)
    }
    if (done.acks.length !== ops.length)
      throw new Error(`${done.acks.length} of ${ops.length} ops were answered (${done.status})`)
  }
}

/** A phone that only fetches, by the county's ledger. */
function ledgerPuller(url: string, phone: ProofPhone) {
  const county = phone.village.slice(0, 6)
  const seen = new Map<string, number>()
  let cursor = 0
  const look = async (): Promise<boolean> => {
    const { pages } = await exchange(url, phone, { pull: { max: 200, s: { [county]: cursor } } })
    const [page] = pages
    for (const row of page?.rows ?? []) seen.set(row[1], Math.max(row[4], seen.get(row[1]) ?? 0))
    cursor = page?.to ?? cursor
    return cursor < (page?.head ?? 0)
  }
  return { seen, look }
}

/** The same by a sequence. */
function sequencePuller(pool: pg.Pool, county: string) {
  const seen = new Set<number>()
  let cursor = 0
  const look = async (): Promise<boolean> => {
    const { rows } = await pool.query<{ place: string }>(
      'SELECT place FROM prove_log WHERE county = $1 AND place > $2 ORDER BY place LIMIT 500',
      [county, cursor],
    )
    for (const { place } of rows) seen.add(Number(place))
    cursor = Math.max(cursor, ...rows.map((one) => Number(one.place)))
    return rows.length === 500
  }
  return { seen, look }
}

async function drive(
  urls: readonly string[],
  pool: pg.Pool,
  phones: readonly ProofPhone[],
  pullers: readonly ProofPhone[],
  ms: number,
) {
  const until = Date.now() + ms
  const written = COUNTIES.map((): Written => ({ newest: new Map(), ops: 0 }))
  const shared = COUNTIES.map((): string[] => [])
  const ledgers = pullers.map((phone, i) => ledgerPuller(urls[i % urls.length] ?? '', phone))
  const sequences = COUNTIES.map((county) => sequencePuller(pool, county))
  const looks = [...ledgers, ...sequences].map(({ look }) => look)
  const pulling = looks.map(async (look) => {
    while (Date.now() < until) await look()
  })
  await Promise.all(
    phones.map((phone, i) => {
      const at = COUNTIES.indexOf(phone.village.slice(0, 6) as (typeof COUNTIES)[number])
      return write(urls[i % urls.length] ?? '', phone, until, written[at] as Written, shared[at] as string[])
    }),
  )
  await Promise.all(pulling)
  for (const look of looks) while (await look());
  return { written, ledgers, sequences }
}

async function figures(pool: pg.Pool, { written, ledgers, sequences }: Awaited<ReturnType<typeof drive>>) {
  let [missed, records, ops] = [0, 0, 0]
  for (const [i, { newest, ops: taken }] of written.entries()) {
    for (const [id, rv] of newest) if ((ledgers[i]?.seen.get(id) ?? 0) < rv) missed++
    records += newest.size
    ops += taken
  }
  const { rows } = await pool.query<{ n: string }>('SELECT count(*) AS n FROM prove_log')
  const committed = Number(rows[0]?.n ?? 0)
  const bySequence = sequences.reduce((sum, one) => sum + one.seen.size, 0)
  // A ledger without a hole: its position is the place of the last change, and every place up to it was taken by somebody.
  const holes = await pool.query<{ n: string }>(`
    SELECT count(*) AS n FROM sync_stream s WHERE head <> (SELECT max(seq) FROM record r WHERE r.county = s.county)`)
  return {
    ops,
    records,
    missed,
    holes: Number(holes.rows[0]?.n ?? 0),
    committed,
    missedBySequence: committed - bySequence,
  }
}

/**
 * Many phones hand in at once to several servers on one PostgreSQL while others keep fetching; whatever was acknowledged must have been
 * fetched. The same traffic fetched by a sequence must miss something, or the proof proves nothing.
 */
export async function torture(options: { writers: number; ms: number }): Promise<Proven> {
  const cluster = await startCluster()
  const folder = mkdtempSync(join(tmpdir(), 'mb-prove-'))
  const nodes: Running[] = []
  let pool: pg.Pool | undefined
  try {
    await administer(cluster.url('postgres'), 'CREATE DATABASE prove OWNER mb_test_owner')
    const [url, ownerUrl] = [cluster.url('prove', 'mb_test_app'), cluster.url('prove', 'mb_test_owner')]
    const database = await openPostgres({ url, ownerUrl })
    const places = Array.from({ length: options.writers }, (_, i) => `${COUNTIES[i % 3 === 2 ? 1 : 0]}101001`)
    const phones = await enrol(database, places)
    const pullers = await enrol(
      database,
      COUNTIES.map((county) => `${county}101001`),
    )
    await database.close()
    await administer(cluster.url('prove'), SEQUENCE)
    for (let i = 0; i < NODES; i++) nodes.push(await start(configIn(folder, { databaseUrl: url })))
    pool = new pg.Pool({ connectionString: cluster.url('prove'), max: 2 })
    const done = await drive(
      nodes.map((one) => one.url),
      pool,
      phones,
      pullers,
      options.ms,
    )
    const found = await figures(pool, done)
    return {
      pass: found.missed === 0 && found.holes === 0 && found.missedBySequence > 0,
      figures: { writers: options.writers, servers: NODES, seconds: options.ms / 1000, ...found },
    }
  } finally {
    for (const one of nodes) await one.close()
    await pool?.end()
    cluster.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
