import type { BlobRow, Bytes, OutRow } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'
import { boundTo, type Sealer } from '../seal/box.ts'
import { isForServer } from '../seal/sealed-box.ts'
import { isOwed, isOwedFile } from './drop-off.ts'

const isSame = (a: Bytes, b: Bytes): boolean => a.length === b.length && a.every((one, at) => one === b[at])

const shared = async (sealer: Sealer, words: string, box: Bytes): Promise<Bytes> =>
  (sealer.share ?? sealer.seal)(words, await sealer.open(words, box))

async function shareOps(tables: VaultTables, sealer: Sealer, rows: readonly OutRow[]): Promise<void> {
  const boxes = await Promise.all(
    rows.map((row) => shared(sealer, boundTo('op', row.i), row.box).catch(() => null)),
  )
  await tables.write(['out'], 'strict', async ({ out }) => {
    const now = await out.getMany(rows.map((row) => row.n))
    await out.putMany(
      now.flatMap((row, at) => {
        const [was, box] = [rows[at], boxes[at]]
        return row && was && box && isSame(row.box, was.box) ? [{ ...row, box }] : []
      }),
    )
  })
}

/** A file piece by piece, so that its memory is one piece's; its own word last, because that says all of it is done. */
async function shareFile(tables: VaultTables, sealer: Sealer, name: Bytes, row: BlobRow): Promise<void> {
  const range = { from: [row.id, 0], to: [row.id, Number.MAX_SAFE_INTEGER] } as never
  const places = await tables.read(['chunk'], ({ chunk }) => chunk.keys(range))
  for (const place of places) {
    const piece = await tables.read(['chunk'], ({ chunk }) => chunk.get(place))
    if (!piece || isForServer(piece.box, name)) continue
    const words = boundTo('chunk', `${piece.blob}/${piece.at}`)
    const box = await shared(sealer, words, piece.box).catch(() => null)
    if (box)
      await tables.write(['chunk'], 'strict', async ({ chunk }) => {
        const now = await chunk.get(place)
        if (now && isSame(now.box, piece.box)) await chunk.put({ ...now, box })
      })
  }
  const box = await shared(sealer, boundTo('blob', row.id), row.box).catch(() => null)
  if (!box) return
  await tables.write(['blob'], 'strict', async ({ blob }) => {
    const now = await blob.get(row.id)
    if (now && isSame(now.box, row.box)) await blob.put({ ...now, box })
  })
}

/** Ops of one transaction. */
const LOT = 40

/**
 * Seals what waits for the server too, where it is not yet: from before there was a PIN or a key, and for another key. A few rows at a time.
 * @param sealer of the open vault, which knows the server's key
 * @param name of that key
 * @param mayGoOn asked between pieces of work; false stops, and the next unlock goes on
 */
export async function shareWaiting(
  tables: VaultTables,
  sealer: Sealer,
  name: Bytes,
  mayGoOn: () => Promise<boolean>,
): Promise<void> {
  const { ops, files } = await tables.read(['out', 'blob'], async ({ out, blob }) => ({
    ops: (await out.all()).filter((row) => isOwed(row) && !isForServer(row.box, name)),
    files: (await blob.by('state', { is: 'waiting' })).filter(
      (row) => isOwedFile(row) && !isForServer(row.box, name),
    ),
  }))
  for (let from = 0; from < ops.length; from += LOT) {
    await shareOps(tables, sealer, ops.slice(from, from + LOT))
    if (!(await mayGoOn())) return
  }
  for (const one of files) {
    await shareFile(tables, sealer, name, one)
    if (!(await mayGoOn())) return
  }
}
