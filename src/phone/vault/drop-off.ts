import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import { countyOf } from '#domain/region/code.ts'
import type { DropboxAnswer, DropboxRequest, SealedOp } from '#sync/protocol/dropbox.ts'
import { idOf, type BlobRow, type Bytes, type OutRow } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'
import type { Locks, PhoneClock } from '../ports.ts'
import { isShared } from '../seal/sealed-box.ts'
import { toBase64 } from './base64.ts'
import { noteContact } from './contact.ts'
import { readDoor } from './door.ts'
import type { DropNet } from './drop-net.ts'
import { readWriter } from './writer.ts'

/** Ops of one request, and bytes of their boxes. */
const MOST_OPS = 100
const MOST_BYTES = 512 * 1024

export interface DropPorts {
  crypto: Crypto
  clock: Pick<PhoneClock, 'now'>
  drop: DropNet
  app: string
  /** null or absent: nobody else hands in beside this. */
  locks?: Locks | null
}

/** What came of handing in through the drop-box. */
export interface Dropped {
  /** Ops and files that the server does not have yet. */
  ops: number
  files: number
  /** The server's last word; null: none came, or this vault cannot hand in this way. */
  answer: DropboxAnswer | null
}

/** A box as the server can open it; null: it cannot be handed in while the vault is locked. */
export type BoxFor = (row: OutRow) => Promise<Bytes | null>

const asItIs: BoxFor = async (row) => (isShared(row.box) ? row.box : null)

/** An op that still has to go: nobody has answered for it, and the drop-box has not taken it. */
export const isOwed = (row: OutRow): boolean => row.state !== 'acked' && row.left === undefined
/** A file of which the same is true. */
export const isOwedFile = (row: BlobRow): boolean => row.state === 'waiting' && row.left === undefined

interface Owed {
  ops: OutRow[]
  files: BlobRow[]
  stat: DropboxRequest['stat']
}

const readOwed = (tables: VaultTables): Promise<Owed> =>
  tables.read(['out', 'dead', 'blob'], async ({ out, dead, blob }) => {
    const [rows, refused, waiting] = await Promise.all([
      out.all(),
      dead.count(),
      blob.by('state', { is: 'waiting' }),
    ])
    const ops = rows.filter(isOwed)
    const files = waiting.filter(isOwedFile)
    const recs = new Set(ops.map((row) => row.key)).size
    return { ops, files, stat: { recs, dead: refused, blobs: files.length } }
  })

const lostIn = <T extends { left?: string }>(all: readonly T[], epoch: string): T[] =>
  all
    .filter((row) => row.left !== undefined && row.left !== epoch)
    .map(({ left: _lost, ...row }) => row as unknown as T)

/** How much the server does not have yet. */
export async function owedOf(tables: VaultTables): Promise<{ ops: number; files: number }> {
  const { ops, files } = await readOwed(tables)
  return { ops: ops.length, files: files.length }
}

/** What the drop-box took under another history is owed again: that server has another past. */
const forgetOthers = (tables: VaultTables, epoch: string): Promise<void> =>
  tables.write(['out', 'blob'], 'strict', async ({ out, blob }) => {
    const [rows, files] = await Promise.all([out.all(), blob.all()])
    await Promise.all([out.putMany(lostIn(rows, epoch)), blob.putMany(lostIn(files, epoch))])
  })

/** Everything the drop-box took is offered to it once more. */
export const oweAgain = (tables: VaultTables): Promise<void> => forgetOthers(tables, '')

const markLeft = (
  tables: VaultTables,
  sent: readonly OutRow[],
  received: ReadonlySet<string>,
  epoch: string,
): Promise<void> =>
  tables.write(['out'], 'strict', async ({ out }) => {
    const rows = await out.getMany(sent.map((row) => row.n))
    await out.putMany(
      rows.flatMap((row, at) =>
        row && row.i === sent[at]?.i && received.has(row.i) ? [{ ...row, left: epoch }] : [],
      ),
    )
  })

/** Everything one handing in works with. */
class DropOff {
  private readonly tables: VaultTables
  private readonly ports: DropPorts
  private readonly boxFor: BoxFor
  private token = ''
  private former: readonly { device: number; below: number }[] = []
  last: DropboxAnswer | null = null

  constructor(tables: VaultTables, ports: DropPorts, boxFor: BoxFor) {
    this.tables = tables
    this.ports = ports
    this.boxFor = boxFor
  }

  async ask(more: Pick<DropboxRequest, 'ops' | 'piece' | 'stat'>): Promise<DropboxAnswer | null> {
    const { drop, clock, app } = this.ports
    const answer = await drop.hand(this.token, { app, t: clock.now(), ...more })
    if (!answer) return null
    if (this.last?.epoch !== answer.epoch) await forgetOthers(this.tables, answer.epoch)
    this.last = answer
    return answer
  }

  private asMade(row: OutRow, box: Bytes): SealedOp {
    const former = this.former.find((one) => row.n < one.below)
    const as = former ? { as: [former.device, row.n] as [number, number] } : {}
    return { n: row.n, i: row.i, ...as, box: toBase64(box) }
  }

  /** Ops in order, a request at a time; one that is not taken waits for another day, and delays no other. */
  private async ops({ ops, stat }: Owed): Promise<boolean> {
    let batch: { row: OutRow; box: Bytes }[] = []
    let bytes = 0
    const send = async (): Promise<boolean> => {
      if (batch.length === 0) return true
      const sent = batch.map((one) => one.row)
      const answer = await this.ask({ stat, ops: batch.map(({ row, box }) => this.asMade(row, box)) })
      batch = []
      bytes = 0
      if (!answer) return false
      await markLeft(this.tables, sent, new Set(answer.received), answer.epoch)
      return true
    }
    for (const row of ops) {
      const box = await this.boxFor(row)
      if (!box) continue
      if ((batch.length >= MOST_OPS || bytes + box.length > MOST_BYTES) && !(await send())) return false
      batch.push({ row, box })
      bytes += box.length
    }
    return send()
  }

  private async file(row: BlobRow, stat: Owed['stat']): Promise<boolean> {
    const record = await this.tables.read(['rec'], ({ rec }) => rec.get(idOf(row.key)))
    if (!record || !isShared(row.box)) return true
    const of = { county: countyOf(record.village), id: row.id, size: row.size, facts: toBase64(row.box) }
    // The server says where it stands; a piece that brings it no further ends this try.
    for (let at = 0, before = -1; at < row.size && at > before;) {
      const place = Math.floor(at / ATTACHMENT_LIMITS.keptPiece)
      const piece = await this.tables.read(['chunk'], ({ chunk }) => chunk.get([row.id, place]))
      if (!piece || !isShared(piece.box)) return true
      const answer = await this.ask({
        stat,
        ops: [],
        piece: { ...of, at: place, box: toBase64(piece.box) },
      })
      if (!answer) return false
      before = at
      at = answer.at ?? at
      // A first piece may only tell how far an earlier try had got.
      if (at >= row.size) await this.fileLeft(row, answer.epoch)
    }
    return true
  }

  private fileLeft(row: BlobRow, epoch: string): Promise<void> {
    return this.tables.write(['blob'], 'strict', async ({ blob }) => {
      const now = await blob.get(row.id)
      if (now) await blob.put({ ...now, left: epoch })
    })
  }

  async run(): Promise<void> {
    const [door, writer] = await Promise.all([
      readDoor(this.tables),
      readWriter(this.tables, this.ports.crypto).catch(() => null),
    ])
    if (!door) return
    this.token = door.token
    this.former = writer?.former ?? []
    const { stat } = await readOwed(this.tables)
    // First how it stands: what was taken under another history is owed again, and a phone with nothing to give hears its orders.
    if (!(await this.ask({ stat, ops: [] }))) return
    const owed = await readOwed(this.tables)
    if (!(await this.ops(owed))) return
    for (const row of owed.files) if (!(await this.file(row, stat))) return
  }
}

/**
 * Hands in what waits in a vault through the drop-box: no PIN and no session is needed, only what was sealed for the server. What it took
 * stays here, marked, until the next unlock hears what became of it. Never rejects for the weather.
 * @param boxFor how an op is sealed for the server; absent: as it lies there
 */
export async function dropOff(
  tables: VaultTables,
  ports: DropPorts,
  boxFor: BoxFor = asItIs,
): Promise<Dropped> {
  const work = new DropOff(tables, ports, boxFor)
  await work.run()
  const { last } = work
  if (last?.good) await noteContact(tables, ports.clock.now())
  return { ...(await owedOf(tables)), answer: last }
}
