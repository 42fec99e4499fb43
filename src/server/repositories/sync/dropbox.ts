import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** A box that was handed in and cannot be opened: sealed for a key that is not here. */
export interface KeptBox {
  n: number
  item: string
  sealed: Buffer
  /** Installation and number under which its op was first made, as its phone said; null: under these. */
  as: [device: number, n: number] | null
}

/** Keeps boxes of a device that cannot be opened; the same number again replaces what was kept. */
export async function keepBoxes(tx: Tx, device: number, boxes: readonly KeptBox[], at: Date): Promise<void> {
  for (const { n, item, sealed, as } of boxes)
    await tx.execute(sql`
      INSERT INTO dropbox (device, n, item, sealed, as_device, as_n, received_at)
      VALUES (${device}, ${n}, ${item}, ${sealed}, ${as?.[0] ?? null}, ${as?.[1] ?? null}, ${at.toISOString()})
      ON CONFLICT (device, n) DO UPDATE SET item = excluded.item, sealed = excluded.sealed,
        as_device = excluded.as_device, as_n = excluded.as_n`)
}

/** Devices of which boxes are kept. */
export async function devicesWithBoxes(tx: Tx): Promise<number[]> {
  const { rows } = await tx.execute<{ device: number }>(
    sql`SELECT DISTINCT device FROM dropbox ORDER BY device`,
  )
  return rows.map((one) => one.device)
}

/** Boxes of a device beyond a number, in the order of their numbers. */
export async function keptBoxes(tx: Tx, device: number, after: number, most: number): Promise<KeptBox[]> {
  const { rows } = await tx.execute<{
    n: number
    item: string
    sealed: Uint8Array
    as_device: number | null
    as_n: number | null
  }>(sql`
    SELECT n, item, sealed, as_device, as_n FROM dropbox WHERE device = ${device} AND n > ${after} ORDER BY n LIMIT ${most}`)
  return rows.map(({ n, item, sealed, as_device, as_n }) => ({
    n,
    item,
    sealed: Buffer.from(sealed),
    as: as_device === null || as_n === null ? null : [as_device, as_n],
  }))
}

/** Takes away what was kept since before a moment: nobody has found its key. @returns how many */
export async function purgeBoxes(tx: Tx, before: Date): Promise<number> {
  const { rows } = await tx.execute(
    sql`DELETE FROM dropbox WHERE received_at < ${before.toISOString()}::timestamptz RETURNING seq`,
  )
  return rows.length
}

/** Lets go of what was kept under these numbers: it has been opened since. */
export async function forgetBoxes(tx: Tx, device: number, numbers: readonly number[]): Promise<void> {
  await tx.execute(
    sql`DELETE FROM dropbox WHERE device = ${device}
        AND n IN (SELECT value::bigint FROM jsonb_array_elements_text(${JSON.stringify(numbers)}::jsonb))`,
  )
}
