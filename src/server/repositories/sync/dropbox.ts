import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** A box that was handed in and cannot be opened: sealed for a key that is not here. */
export interface KeptBox {
  n: number
  item: string
  sealed: Buffer
}

/** Keeps boxes of a device that cannot be opened; the same number again replaces what was kept. */
export async function keepBoxes(tx: Tx, device: number, boxes: readonly KeptBox[], at: Date): Promise<void> {
  for (const { n, item, sealed } of boxes)
    await tx.execute(sql`
      INSERT INTO dropbox (device, n, item, sealed, received_at) VALUES (${device}, ${n}, ${item}, ${sealed}, ${at.toISOString()})
      ON CONFLICT (device, n) DO UPDATE SET item = excluded.item, sealed = excluded.sealed`)
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
