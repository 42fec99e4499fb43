import type { Net } from '#sync/engine/ports.ts'
import { startEngine } from '#sync/engine/run.ts'
import type { StateName } from '#sync/engine/machine.ts'
import type { FilesContext } from './attachments/kept.ts'
import type { FilesPorts } from './attachments/network.ts'
import { Uploader } from './attachments/uploader.ts'
import { platformBytes } from './engine/bytes.ts'
import { runnerLock } from './engine/lease.ts'
import { pushStore } from './engine/push-store.ts'
import { readFacts } from './notebook/context.ts'
import type { VaultTables } from './database/tables.ts'
import type { Note } from './notes.ts'
import type { Channel, Locks, PhoneClock } from './ports.ts'
import type { Sealer } from './seal/box.ts'
import { fenced } from './seal/fence.ts'
import { tendClosed } from './vault/closed.ts'
import { deviceKeyIn } from './vault/device-key.ts'
import type { DropNet } from './vault/drop-net.ts'
import type { WhoAsks } from './who-asks.ts'

/** What handing in without a notebook asks of the platform. */
export interface HandInPorts {
  /** Tables of a vault that is there; null: there is none that this build knows. Never makes one. */
  openTables(vault: string): Promise<VaultTables | null>
  openSealer(tables: VaultTables): Promise<Sealer>
  crypto: Crypto
  clock: PhoneClock
  locks: Locks | null
  channel: ((name: string) => Channel) | null
  random(): number
  net: Net
  /** Whom its requests speak for; absent: nobody but whoever has the session. */
  who?: WhoAsks
  /** The way of a locked vault; absent: what waits in one goes when it is unlocked. */
  drop?: DropNet | undefined
  /** The way of files; absent: they wait for a page. */
  files?: FilesPorts | undefined
  app: string
}

/** Tells pages that are open that there are answers to apply. */
function tellPages(vault: string, ports: HandInPorts): void {
  const channel = ports.channel?.(`mingbai-${vault}`)
  const note: Note = { queue: true, receipts: true }
  channel?.post(note)
  channel?.close()
}

/**
 * Hands in files that wait, one after the other, until none is left or something stands in the way (I-41, I-42). What became of them the
 * records say, which a page fetches.
 * @returns whether another try, later, may bring more
 */
async function handInFiles(ctx: FilesContext, files: FilesPorts): Promise<boolean> {
  let broken: unknown = null
  const uploader = new Uploader(ctx, {
    ...files,
    handedIn: () => undefined,
    changed: () => undefined,
    broken: (error) => (broken = error),
  })
  uploader.wake()
  await uploader.settled()
  const { isPaused } = uploader
  await uploader.stop()
  if (broken !== null) throw broken
  return isPaused
}

/**
 * Hands in what waits in a vault, without a notebook: the push half of the same engine under the same lock (I-43, I-48), and then files.
 * One try and no waiting; whoever called is told how it ended and calls again when it is time.
 * @returns the state the engine came to rest in; null: there is nothing to hand in from
 */
export async function handInWaiting(vault: string, ports: HandInPorts): Promise<StateName | null> {
  const tables = await ports.openTables(vault)
  if (!tables) return null
  try {
    const sealer = await ports.openSealer(tables)
    if (sealer.envelope) {
      // What waits in a locked vault goes as it is sealed, and is heard of after the unlock.
      const { drop } = ports
      if (!drop) return null
      const { answer } = await tendClosed(tables, { ...ports, drop })
      return answer ? 'idle' : 'backing-off'
    }
    const facts = await readFacts({ tables, sealer })
    if (!facts.me || !facts.identity) return null
    if (ports.who) {
      ports.who.device = facts.identity.device
      const key = await tables.read(['key'], deviceKeyIn)
      ports.who.key = () => Promise.resolve(key)
    }
    const store = { tables: fenced(tables, sealer), sealer, ...facts }
    const engine = startEngine({
      store: pushStore(store),
      net: ports.net,
      clock: ports.clock,
      bytes: platformBytes(ports.crypto),
      app: ports.app,
      lock: runnerLock({ vault, tables, ports }),
      random: ports.random,
      visible: () => false,
      waiting: () => false,
      pollMs: 0,
      changed: () => undefined,
      broken(error) {
        throw error
      },
    })
    engine.event({ is: 'wake', asked: true })
    await engine.settled()
    const { name } = engine.news().state
    await engine.stop()
    const isLeft =
      name === 'idle' && ports.files && (await handInFiles({ ...store, vault, ports }, ports.files))
    tellPages(vault, ports)
    return isLeft ? 'backing-off' : name
  } finally {
    tables.close()
  }
}
