import { accept, refuse, type Result } from '#domain/result.ts'
import type { Entered } from '#sync/protocol/accounts.ts'

/** How somebody becomes known on this browser. */
export interface Entry {
  /** The number this browser already has; null: none yet, or it cannot be read. */
  device(): Promise<number | null>
  /** Writes something down, reads it back in another transaction and cleans up: whether this browser really keeps things. */
  keeps(text: string): Promise<boolean>
  /** Makes or finds the person's vault after the server let them in. */
  enter(entered: Entered): Promise<Result<true, 'storage-full' | 'storage-broken'>>
  /** Starts the app over as whoever has entered now, on a page of it. */
  startOver(path: string): void
}

const PROOF = 'mingbai-proof'

const openProof = (): Promise<IDBDatabase> =>
  new Promise((done, fail) => {
    const asked = indexedDB.open(PROOF, 1)
    asked.addEventListener('upgradeneeded', () => asked.result.createObjectStore('kept'))
    asked.addEventListener('success', () => done(asked.result))
    asked.addEventListener('error', () => fail(asked.error ?? new Error('blocked')))
    asked.addEventListener('blocked', () => fail(new Error('blocked')))
  })

const writeProof = (db: IDBDatabase, text: string): Promise<void> =>
  new Promise((done, fail) => {
    const work = db.transaction('kept', 'readwrite')
    work.objectStore('kept').put(text, 'proof')
    work.addEventListener('complete', () => done())
    work.addEventListener('abort', () => fail(work.error ?? new Error('aborted')))
  })

const readProof = (db: IDBDatabase): Promise<unknown> =>
  new Promise((done, fail) => {
    const asked = db.transaction('kept').objectStore('kept').get('proof')
    asked.addEventListener('success', () => done(asked.result))
    asked.addEventListener('error', () => fail(asked.error ?? new Error('unreadable')))
  })

async function keeps(text: string): Promise<boolean> {
  try {
    const written = await openProof()
    await writeProof(written, text)
    written.close()
    // A fresh connection: what only lived in the first one's memory is gone by now.
    const again = await openProof()
    const same = (await readProof(again)) === text
    again.close()
    indexedDB.deleteDatabase(PROOF)
    return same
  } catch {
    return false
  }
}

/** Entering is rare: its code and the database's come when they are asked for. */
async function phoneParts(version: string) {
  const [enrolment, { browserPorts }, { fetchNet }] = await Promise.all([
    import('#phone/enrolment.ts'),
    import('#phone/ports.ts'),
    import('#phone/net.ts'),
  ])
  return { enrolment, ports: browserPorts(fetchNet(), version) }
}

/** @param version of the app, for the server's records */
export const createEntry = (version: string): Entry => ({
  keeps,
  async device() {
    try {
      const { enrolment, ports } = await phoneParts(version)
      return await enrolment.knownDevice(ports)
    } catch {
      // An unreadable vault is reported by the notebook; entering anew gives this browser a new number.
      return null
    }
  },
  async enter(entered) {
    const { enrolment, ports } = await phoneParts(version)
    const made = await enrolment.enterVault(entered, ports)
    return made.ok ? accept(true) : refuse(made.reason)
  },
  startOver: (path) => window.location.assign(`/app${path}`),
})
