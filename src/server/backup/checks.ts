import type { Tx } from '../database/database.ts'
import { brokenRows, keptContents, openNumbers } from '../repositories/backup/wholeness.ts'
import { clockSetBack, hasChains } from '../repositories/audit-chain.ts'
import { ledgersOf } from '../repositories/jobs/numbers.ts'
import { digestDifferences, numberDifferences, recompute } from '../jobs/recompute.ts'
import { sayBreak } from '../services/audit/chain.ts'
import { walkLog } from '../services/audit/verify.ts'
import { differingTables } from './load.ts'
import type { Manifest } from './manifest.ts'

/** One thing that was looked at: what, whether it holds, and a figure or the first fault. No value of anybody. */
export interface Check {
  name: string
  ok: boolean
  note: string
}

const check = (name: string, faults: readonly string[], note: string): Check => ({
  name,
  ok: faults.length === 0,
  note: faults.length === 0 ? note : `${faults.length} wrong, the first: ${faults[0]}`,
})

async function checkCounties(tx: Tx): Promise<Check[]> {
  const faults = {
    numbers: [] as string[],
    digests: [] as string[],
    hashes: [] as string[],
    ledgers: [] as string[],
  }
  let [records, cells, villages] = [0, 0, 0]
  for (const { county, head } of await ledgersOf(tx)) {
    const anew = await recompute(tx, county)
    records += anew.records
    cells += anew.numbers.size
    villages += anew.digests.size
    for (const one of await numberDifferences(tx, county, anew))
      faults.numbers.push(
        `${one.region} ${one.metric} ${one.day}: kept ${one.kept}, records say ${one.recomputed}`,
      )
    for (const one of await digestDifferences(tx, county, anew)) faults.digests.push(one)
    if (anew.wrongHash > 0) faults.hashes.push(`${county}: ${anew.wrongHash} records`)
    if (anew.highest > head)
      faults.ledgers.push(`${county}: a record at ${anew.highest}, the ledger at ${head}`)
  }
  return [
    check('numbers equal recomputation', faults.numbers, `${cells} numbers of ${records} records`),
    check('digests equal recomputation', faults.digests, `${villages} villages and lanes`),
    check('fingerprints of versions', faults.hashes, `${records} records`),
    check('ledgers cover their records', faults.ledgers, ''),
  ]
}

/** What a backup is told by when its log was changed: the copy is true to it, so it may be put back, but somebody must hear of it. */
export const LOG_CHECK = 'the log is in order'

async function checkLog(tx: Tx): Promise<Check> {
  const { rows, backwards } = await clockSetBack(tx)
  const breaks = (await hasChains(tx)) ? (await walkLog(tx)).breaks : []
  const note = `${rows} entries${backwards > 0 ? `, the clock was set back ${backwards} times` : ''}`
  return check(LOG_CHECK, breaks.map(sayBreak), note)
}

/** Looks whether a database is whole and agrees with itself, in the snapshot of the transaction. */
export async function checkWhole(tx: Tx): Promise<Check[]> {
  const broken = await brokenRows(tx)
  const numbers = await openNumbers(tx)
  return [
    ...(await checkCounties(tx)),
    check(
      'every row points at something',
      broken.map((one) => `${one.n} ${one.what}`),
      `${numbers.receipts} receipts of ${numbers.devices} phones, ${numbers.open} numbers still open`,
    ),
    await checkLog(tx),
  ]
}

/**
 * Whether what is here is what the backup holds, to the byte.
 * @param besides tables that may hold more: a log that was there before
 */
export async function checkSame(tx: Tx, manifest: Manifest, besides: readonly string[] = []): Promise<Check> {
  const rows = manifest.tables.reduce((sum, one) => sum + one.rows, 0)
  return check(
    'rows are those of the backup',
    await differingTables(tx, manifest, besides),
    `${rows} rows of ${manifest.tables.length} tables`,
  )
}

/** Whether every content that the rows say is kept lies among the files, under its own fingerprint. */
export async function checkContents(tx: Tx, manifest: Manifest): Promise<Check> {
  const there = new Set(manifest.attachments.map((one) => one.sha256))
  const kept = await keptContents(tx)
  const renamed = manifest.attachments.filter((one) => !one.name.endsWith(`/${one.sha256}`))
  return check(
    'attachments are all there',
    [...kept.filter((one) => !there.has(one)), ...renamed.map((one) => one.name)],
    `${kept.length} contents, ${there.size} files`,
  )
}
