import type { DeviceOrder } from '#sync/protocol/directive.ts'
import { existingTables } from '../database/existing-tables.ts'
import type { VaultTables } from '../database/tables.ts'
import { readFacts } from '../notebook/context.ts'
import { openOp } from '../record/op-box.ts'
import { boundTo, type Sealer } from '../seal/box.ts'
import { isShared, sealFor, toServer } from '../seal/sealed-box.ts'
import { openVaultSealer, standOf } from '../seal/vault-key.ts'
import { readDoor } from './door.ts'
import { dropOff, owedOf, oweAgain, type BoxFor, type Dropped, type DropPorts } from './drop-off.ts'
import { obey, standingOrder } from './orders.ts'
import { readWriter } from './writer.ts'

/** Stores without which there is nothing to hand in. */
const NEEDS = ['out', 'dead', 'blob', 'chunk', 'rec', 'draft', 'meta', 'key'] as const

const utf8 = new TextEncoder()

/** How ops go to the drop-box from a vault that can be opened: as they lie, or sealed for the server alone. */
export function boxesOf(tables: VaultTables, sealer: Sealer, crypto: Crypto): BoxFor {
  let server: ReturnType<typeof toServer> | null = null
  return async (row) => {
    if (isShared(row.box)) return row.box
    const op = await openOp(sealer, row).catch(() => null)
    const door = op && (await readDoor(tables))
    if (!door) return null
    const { n: _given, ...rest } = op
    const to = await (server ??= toServer(crypto, door.publicKey))
    const plain = utf8.encode(JSON.stringify(rest)) as Uint8Array<ArrayBuffer>
    return sealFor(crypto, [to], boundTo('op', op.i), plain)
  }
}

/** What became of a closed vault's work. */
export interface Tended extends Dropped {
  /** What the office ordered of this vault and still stands; null: nothing. */
  order: { order: DeviceOrder; n: number } | null
}

/** Who an order has to be for, as far as a closed vault says it. */
async function hereOf(tables: VaultTables, sealer: Sealer, crypto: Crypto) {
  const writer = await readWriter(tables, crypto).catch(() => null)
  if (writer) return { device: writer.device, keys: writer.me.orderKeys ?? [] }
  const facts = sealer.envelope === null ? await readFacts({ tables, sealer }) : null
  return { device: facts?.identity?.device ?? 0, keys: facts?.me?.orderKeys ?? [] }
}

/**
 * Hands in what waits in a vault that nobody has open, whoever's it is: locked, ended, or one of before there was a PIN. Hears at the same
 * time what the office orders of it.
 */
export async function tendClosed(tables: VaultTables, ports: DropPorts): Promise<Tended> {
  const { crypto } = ports
  const sealer = await openVaultSealer(tables, crypto)
  const isPlain = (await standOf(tables)) === 'plain'
  const boxFor = isPlain ? boxesOf(tables, sealer, crypto) : undefined
  const door = await readDoor(tables)
  // Page and worker do not hand in side by side: of two pieces for one place the server takes one, and turns the other away.
  const handIn = () => dropOff(tables, ports, boxFor)
  const busy = async (): Promise<Dropped> => ({ ...(await owedOf(tables)), answer: null })
  const done = ports.locks
    ? await ports.locks.request(`mb-drop:${door?.token ?? ''}`, { ifAvailable: true }, (lock) =>
        lock ? handIn() : busy(),
      )
    : await handIn()
  const here = await hereOf(tables, sealer, crypto)
  await obey(tables, done.answer?.directives ?? [], here, crypto)
  return { ...done, order: await standingOrder(tables) }
}

/** Where closed vaults lie in a browser. */
export interface ClosedPlatform {
  indexedDB: IDBFactory
  keyRange: typeof IDBKeyRange
  after(ms: number, what: () => void): () => void
}

/** Opens a vault that is there for tending; null: there is none that this build knows. */
export const openClosed = (vault: string, { indexedDB, keyRange, after }: ClosedPlatform) =>
  existingTables(vault, { indexedDB, keyRange }, NEEDS, after)

/**
 * Whether the server has everything of a vault that will never be opened again: all of it is handed in once more, from here, and each is
 * answered for. Only then may the vault go.
 */
export async function isAllThere(tables: VaultTables, ports: DropPorts): Promise<boolean> {
  const before = await tendClosed(tables, ports)
  if (!before.answer || before.ops + before.files > 0) return false
  await oweAgain(tables)
  const after = await tendClosed(tables, ports)
  return after.answer !== null && after.ops + after.files === 0
}
