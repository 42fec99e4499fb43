import type { Decided } from '#sync/engine/ports.ts'
import { META, type OutRow } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'
import { openOp } from '../record/op-box.ts'
import { boundTo, openJson, sealJson, type Sealer } from '../seal/box.ts'
import { checkFence } from './lease.ts'

/** Outcomes that decide an op for good; what they do to its record is for a notebook to fold. */
const DECIDED: readonly string[] = ['ok', 'merged', 'rejected', 'quarantined']

interface Kept {
  tables: VaultTables
  sealer: Sealer
}

/** An answer as it waits to be applied. `at`: server time, epoch ms. */
interface Receipt {
  ack: Decided['ack']
  at: number
}

const boxOf = ({ sealer }: Kept, { ack, op }: Decided, at: number) =>
  sealJson(sealer, boundTo('ack', op.i), { ack, at } satisfies Receipt)

/**
 * Keeps what the server decided beside the ops it speaks of, without touching a record: for a runner that has no notebook. The ops
 * stay where they are, are not offered again, and a notebook applies the answers before anything else.
 */
export async function keepReceipts(
  kept: Kept,
  decided: readonly Decided[],
  at: number,
  fence: number | null,
): Promise<void> {
  const final = decided.filter(({ ack }) => DECIDED.includes(ack[1]))
  const boxes = new Map(
    await Promise.all(final.map(async (one) => [one.ack[0], await boxOf(kept, one, at)] as const)),
  )
  const ids = new Map(decided.map(({ op }) => [op.n, op.i]))
  await kept.tables.write(['out', 'meta'], 'strict', async ({ out, meta }) => {
    await checkFence({ meta }, fence)
    const rows = (await out.getMany([...ids.keys()])).filter(
      (row): row is OutRow => row !== undefined && row.i === ids.get(row.n),
    )
    const answered = rows.flatMap((row) => {
      const ack = boxes.get(row.n)
      return ack ? [{ ...row, state: 'acked' as const, ack }] : []
    })
    await out.putMany(answered)
    const before = (await meta.get(META.acked))?.value ?? 0
    if (answered.length > 0) await meta.put({ name: META.acked, value: before + answered.length })
  })
}

/** What a runner without a notebook has left to be applied, with the latest server time of it; null: nothing. */
export async function keptReceipts(kept: Kept): Promise<{ decided: Decided[]; at: number } | null> {
  const rows = await kept.tables.read(['out', 'meta'], async ({ out, meta }) =>
    ((await meta.get(META.acked))?.value ?? 0) > 0 ? out.all() : null,
  )
  if (!rows) return null
  const found = await Promise.all(
    rows.map(async (row) => {
      if (row.state !== 'acked' || !row.ack) return null
      const opened = Promise.all([
        openJson<Receipt>(kept.sealer, boundTo('ack', row.i), row.ack),
        openOp(kept.sealer, row),
      ])
      return opened.then(
        ([{ ack, at }, op]) => ({ ack, at, op }),
        () => null,
      )
    }),
  )
  const receipts = found.filter((one): one is NonNullable<typeof one> => one !== null)
  return {
    decided: receipts.map(({ ack, op }) => ({ ack, op })),
    at: Math.max(0, ...receipts.map((one) => one.at)),
  }
}

/** Everything that was left has been applied; an answer that nobody can read is asked for again. */
export const noReceiptsLeft = (tables: VaultTables, fence: number | null): Promise<void> =>
  tables.write(['out', 'meta'], 'relaxed', async ({ out, meta }) => {
    await checkFence({ meta }, fence)
    const unread = (await out.all()).filter((row) => row.state === 'acked')
    await out.putMany(unread.map(({ ack: _unread, ...row }) => ({ ...row, state: 'ready' as const })))
    await meta.put({ name: META.acked, value: 0 })
  })
