import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IDBDatabase as FakeDatabase, IDBFactory, IDBObjectStore as FakeStore } from 'fake-indexeddb'
import { afterEach, describe, expect, it } from 'vitest'
import { DATABASE_VERSION, databaseName } from '#phone/database/rows.ts'
import { expectSound } from '#tests/support/phone-check.ts'
import { dumpPhone, restorePhone, type PhoneDump } from '#tests/support/phone-dump.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, storageIn, type Browser } from '#tests/support/phone-world.ts'
import { ROOT } from '#tests/support/planted-tree.ts'

/** The oldest phone that ever landed, put away with unsent, refused and half-written work. */
const OLDEST = JSON.parse(readFileSync(join(ROOT, 'tests/contract/2/phone.json'), 'utf8')) as {
  device: number
  at: number
  vault: string
  dump: PhoneDump
}

type Method = (...args: unknown[]) => unknown
const STEPS: readonly [object, string][] = [
  [FakeDatabase.prototype, 'createObjectStore'],
  [FakeStore.prototype, 'createIndex'],
  [FakeStore.prototype, 'put'],
  [FakeStore.prototype, 'getAll'],
]

let browser: Browser
let restore: () => void = () => undefined
afterEach(async () => {
  restore()
  await browser.closeAll()
})

/** Kills whatever upgrades at its k-th step, which is then undone. @returns how many steps were taken */
function killAt(k: number): () => number {
  let steps = 0
  const undo = STEPS.map(([proto, name]) => {
    const methods = proto as Record<string, Method>
    const original = methods[name] as Method
    methods[name] = function (this: unknown, ...args: unknown[]) {
      if (++steps >= k) throw new DOMException('the phone is off', 'AbortError')
      return original.apply(this, args)
    }
    return () => void (methods[name] = original)
  })
  restore = () => undo.splice(0).forEach((one) => one())
  return () => steps
}

/** Rows of every store there was, whatever has been added beside them. */
const rowsOf = (dump: PhoneDump): Record<string, unknown[]> =>
  Object.fromEntries(dump.stores.filter((one) => one.rows.length > 0).map((one) => [one.name, one.rows]))

async function oldPhone(): Promise<IDBFactory> {
  const server = new TinyServer(() => OLDEST.at)
  browser = await makeBrowser(server, { device: OLDEST.device })
  browser.ports.indexedDB = new IDBFactory()
  await restorePhone(browser.ports.indexedDB, OLDEST.dump)
  return browser.ports.indexedDB
}

const open = () => storageIn(browser.ports, browser.clock).openTables(OLDEST.vault)
/** As when the key was written down: it cannot be read out of a browser again. */
const withoutKey = ({ key: _key, ...rows }: Record<string, unknown[]>) => rows

describe('a new build on an old database', () => {
  it('[L-32] [TR-34] keeps every row when it is killed at any step of the upgrade, and goes through the next time', async () => {
    const name = databaseName(OLDEST.vault)
    let kills = 0
    for (let k = 1; ; k++) {
      const factory = await oldPhone()
      const steps = killAt(k)
      const opened = await open().then(
        (tables) => tables,
        () => null,
      )
      restore()
      if (opened && steps() < k) {
        opened.close()
        break
      }
      kills++
      opened?.close()
      const again = await open()
      again.close()
      const after = await dumpWithoutKey(factory, name)
      expect(after.version).toBe(DATABASE_VERSION * 10)
      expect(withoutKey(rowsOf(after)), `killed at ${k}`).toEqual(withoutKey(rowsOf(OLDEST.dump)))
    }
    // New stores and new indexes; fewer steps would mean that the kills missed some.
    expect(kills).toBeGreaterThanOrEqual(7)
  })

  it('[L-32] has the unsent and refused work aboard, sound', async () => {
    await oldPhone()
    const held = await expectSound({ ports: browser.ports, vault: OLDEST.vault })
    expect([held.out.length, held.dead.length, held.ring.length, held.drafts]).toEqual([3, 1, 1, 1])
  })
})

/** A dump of everything but the key, which the browser does not give out. */
async function dumpWithoutKey(factory: IDBFactory, name: string): Promise<PhoneDump> {
  const request = factory.open(name)
  const db = await new Promise<IDBDatabase>((go) =>
    request.addEventListener('success', () => go(request.result)),
  )
  await new Promise<void>((go) => {
    const transaction = db.transaction('key', 'readwrite')
    transaction.objectStore('key').clear()
    transaction.addEventListener('complete', () => go())
  })
  db.close()
  return dumpPhone(factory, name)
}
