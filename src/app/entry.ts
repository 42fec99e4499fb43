import { accept, refuse, type Result } from '#domain/result.ts'
import type { DeviceKey } from '#phone/vault/device-key.ts'
import type { WaitingPerson } from '#phone/waiting-people.ts'
import type { WhoAsks } from '#phone/who-asks.ts'
import type { Entered } from '#sync/protocol/accounts.ts'
import type { Desk } from './desk.ts'

/** What a phone names when it enters, and keeps. */
export type NamedKey = DeviceKey

/** How somebody becomes known on this browser. */
export interface Entry {
  /** The number this browser already has; null: none yet, or it cannot be read. */
  device(): Promise<number | null>
  /** Writes something down, reads it back in another transaction and cleans up: whether this browser really keeps things. */
  keeps(text: string): Promise<boolean>
  /** A key for this phone to name when it enters; null: this browser makes none. Never rejects. */
  makeKey(): Promise<NamedKey | null>
  /** Makes or finds the person's vault after the server let them in. @param key the one that was named to it */
  enter(entered: Entered, key?: NamedKey | null): Promise<Result<true, 'storage-full' | 'storage-broken'>>
  /** Everybody whose work still waits on this phone. Never rejects. */
  waitingPeople(): Promise<readonly WaitingPerson[]>
  /**
   * Signing out: the next start asks who it is. Nothing that is kept here is removed, and the vault stays shut until its person comes
   * back; without a network the server learns of it as soon as there is one.
   */
  leave(): Promise<void>
  /** Tells the server of a signing out it does not know of yet. Never rejects. */
  finishLeaving(): Promise<void>
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

/** Who signed out, while the server has not been told yet: `d` and their number, or anything else from a build that knew one session. */
const LEAVING = 'mb.leaving'

/** Who signed out without the server knowing it yet; null: nobody. `device` null: whoever has the session. */
function leaving(): WhoAsks | null {
  try {
    const left = localStorage.getItem(LEAVING)
    const device = /^d(\d+)$/.exec(left ?? '')?.[1]
    return left === null ? null : { device: device === undefined ? null : Number(device) }
  } catch {
    return null
  }
}

function setLeaving(who: WhoAsks | null): void {
  try {
    if (who) localStorage.setItem(LEAVING, who.device === null ? '1' : `d${who.device}`)
    else localStorage.removeItem(LEAVING)
  } catch {
    // Where nothing can be kept there is nobody to forget either.
  }
}

async function finishLeaving(desk: Desk): Promise<void> {
  const who = leaving()
  if (who && (await desk.post('/api/logout', {}, who)).ok) setLeaving(null)
}

/** Entering is rare: its code and the database's come when they are asked for. */
async function phoneParts(version: string) {
  const [enrolment, { browserPorts }] = await Promise.all([
    import('#phone/enrolment.ts'),
    import('#phone/ports.ts'),
  ])
  return { enrolment, ports: browserPorts(version) }
}

/** @param version of the app, for the server's records */
export const createEntry = (version: string, desk: Desk, who: WhoAsks): Entry => ({
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
  async makeKey() {
    const { makeDeviceKey } = await import('#phone/vault/device-key.ts')
    return makeDeviceKey(crypto).catch(() => null)
  },
  async enter(entered, key = null) {
    const { enrolment, ports } = await phoneParts(version)
    const made = await enrolment.enterVault(entered, ports, { key: key?.privateKey ?? null })
    if (!made.ok) return refuse(made.reason)
    // Who comes back has a session anew, which nobody left.
    const left = leaving()
    if (left && (left.device === null || left.device === entered.device)) setLeaving(null)
    return accept(true)
  },
  async waitingPeople() {
    try {
      const [{ ports }, { waitingPeople }] = await Promise.all([
        phoneParts(version),
        import('#phone/waiting-people.ts'),
      ])
      return await waitingPeople(ports)
    } catch {
      return []
    }
  },
  async leave() {
    const { enrolment, ports } = await phoneParts(version)
    enrolment.leaveVault(ports)
    setLeaving({ device: who.device })
    await finishLeaving(desk)
  },
  finishLeaving: () => finishLeaving(desk),
  startOver: (path) => window.location.assign(`/app${path}`),
})
