import { afterEach, expect, it, vi } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import { removeVault } from '#phone/database/remove-vault.ts'
import type { OutRow } from '#phone/database/rows.ts'
import type { VaultTables } from '#phone/database/tables.ts'
import { handInWaiting } from '#phone/hand-in.ts'
import { createNotebook } from '#phone/notebook.ts'
import { openVaultSealer, standOf } from '#phone/seal/vault-key.ts'
import type { VaultKeys } from '#phone/seal/envelope.ts'
import { isAllThere, tendClosed } from '#phone/vault/closed.ts'
import { LEASE_MS } from '#phone/vault/contact.ts'
import { keepDoor } from '#phone/vault/door.ts'
import { isOwed, type DropPorts } from '#phone/vault/drop-off.ts'
import { insideVault } from '#phone/vault/inside.ts'
import { openLockedBook } from '#phone/vault/locked-book.ts'
import { unlockVault } from '#phone/vault/unlock.ts'
import { deriveOrderKey } from '#server/accounts/order-key.ts'
import { deriveDropboxKeys } from '#server/services/dropbox/dropbox-keys.ts'
import { openBox } from '#server/services/dropbox/open-box.ts'
import type { Door } from '#sync/protocol/dropbox.ts'
import { DropDouble } from '#tests/support/drop-double.ts'
import { makeAttachment } from '#tests/support/make-attachment.ts'
import { disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import {
  makeBrowser,
  makeMe,
  START_AT,
  TestClock,
  when,
  type Browser,
  type BrowserPorts,
} from '#tests/support/phone-world.ts'

const PIN = '739264'
const WRONG = '480957'
const DEVICE = 7
const HOUR = 3_600_000
const orders = deriveOrderKey('a secret of the office, long enough to be one')

let browser: Browser
let drop: DropDouble
let keys: VaultKeys | null = null
const books: WholeNotebook[] = []
afterEach(async () => {
  await shut()
  await browser.closeAll()
})

async function shut(): Promise<void> {
  await Promise.all(books.splice(0).map((one) => one.close()))
  keys = null
}

/** A phone with a drop-box, and without a network for anything else. */
async function phone(): Promise<BrowserPorts> {
  drop = new DropDouble(DEVICE)
  browser = await makeBrowser(new TinyServer(() => START_AT), {
    clock: new TestClock(),
    device: DEVICE,
    me: makeMe({ orderKeys: [orders.shown] }),
    ports: { drop },
  })
  const { ports } = browser
  ports.openSealer = (tables) => openVaultSealer(tables, ports.crypto, keys)
  browser.sky.now = 'down'
  return ports
}

async function open(ports: BrowserPorts): Promise<WholeNotebook> {
  const book = await createNotebook(ports, { vault: browser.vault })
  books.push(book)
  return book
}

const inside = async <T>(ports: BrowserPorts, work: (tables: VaultTables) => Promise<T>): Promise<T> => {
  const tables = await ports.openTables(browser.vault)
  return work(tables).finally(() => tables.close())
}

/** Waits until the phone knows what to seal for. */
async function untilDoor(ports: BrowserPorts): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await inside(ports, (tables) => tables.read(['key'], ({ key }) => key.get('door')))) return
    await new Promise((go) => setTimeout(go, 10))
  }
  throw new Error('no door')
}

/** Sets a PIN at the least cost there may be. */
async function lock(book: WholeNotebook): Promise<void> {
  const { clock } = browser
  const { mono } = clock
  let [slow, step] = [clock.ran, 1000]
  clock.mono = () => (slow += step *= 2)
  expect(await book.guard?.set(PIN).finally(() => (clock.mono = mono))).toMatchObject({ ok: true })
  await shut()
}

const dropPorts = (ports: BrowserPorts): DropPorts => ({
  crypto: ports.crypto,
  clock: ports.clock,
  drop,
  app: '1',
})
const tend = (ports: BrowserPorts) => inside(ports, (tables) => tendClosed(tables, dropPorts(ports)))

async function tryPin(ports: BrowserPorts, pin: string) {
  const done = await inside(ports, (tables) => unlockVault(tables, { by: 'pin', words: pin }, ports))
  if (done.ok) keys = done.value
  return done.ok ? 'open' : done.reason
}

const facts = () => drop.ops.map((op) => (op['a'] as { facts?: string }).facts)

/** A phone with work from before the PIN, from after an unlock, and from while it was locked. */
async function worked() {
  const ports = await phone()
  let book = await open(ports)
  await untilDoor(ports)
  const id = book.newId()
  await book.save([disputeEdit(id, { facts: '有密码以前' })])
  await lock(book)
  expect(await tryPin(ports, PIN)).toBe('open')
  book = await open(ports)
  await book.save([patchEdit(id, { facts: '开着的时候' })])
  await shut()
  const locked = await openLockedBook(ports, browser.vault)
  await locked?.save([outreachEdit(locked.newId(), { attendances: 41 })])
  locked?.close()
  return { ports, id }
}

it('[TR-02] what was saved before the PIN, after an unlock and while it was locked goes from the locked phone, as it was, and is heard of after the unlock', async () => {
  const { ports, id } = await worked()
  const saved = drop.ops.length
  expect(saved).toBe(0)
  expect(await tend(ports)).toMatchObject({ ops: 0, files: 0 })
  expect(facts()).toEqual(['有密码以前', '开着的时候', undefined])
  expect(drop.ops.map((op) => op['n'])).toEqual([1, 2, 3])
  expect(drop.ops[2]?.['a']).toMatchObject({ attendances: 41 })
  // It is offered once, and stays until the unlock hears what became of it.
  await tend(ports)
  expect(drop.ops).toHaveLength(3)
  expect(await tryPin(ports, PIN)).toBe('open')
  const book = await open(ports)
  expect((await when(book.open('dispute', id), (one) => one !== null))?.body).toMatchObject({
    facts: '开着的时候',
  })
  browser.sky.now = null
  await book.tryNow()
  await when(book.status, (status) => status.waiting === 0)
})

it('[TR-02] the worker hands in from a locked phone, and says when it could not', async () => {
  const { ports } = await worked()
  const platform = { ...ports, drop, openTables: (vault: string) => ports.openTables(vault) }
  drop.isDown = true
  expect(await handInWaiting(browser.vault, platform)).toBe('backing-off')
  drop.isDown = false
  expect(await handInWaiting(browser.vault, platform)).toBe('idle')
  expect(drop.ops).toHaveLength(3)
})

it('[TR-02] the pieces of a file go from a locked phone and are the file', async () => {
  const ports = await phone()
  const book = await open(ports)
  await untilDoor(ports)
  const id = book.newId()
  await book.save([disputeEdit(id)])
  await lock(book)
  expect(await tryPin(ports, PIN)).toBe('open')
  const opened = (await open(ports)) as Awaited<ReturnType<typeof createNotebook>>
  const bytes = new Uint8Array(600_000).map((_, at) => (at * 7 + (at >> 8)) & 255)
  bytes.set([0xff, 0xd8, 0xff, 0xe0])
  const { mime, name, thumb, takenOn, caption, seconds } = makeAttachment()
  const parent = { kind: 'dispute' as const, id, region: '999901101001', flags: [] }
  const taken = { bytes, mime, name, thumb, takenOn, caption, seconds }
  expect(await opened.files.add(parent, [taken as never])).toMatchObject({ ok: true })
  await shut()
  expect(await tend(ports)).toMatchObject({ ops: 0, files: 0 })
  const [file] = [...drop.files.values()]
  expect(file?.equals(Buffer.from(bytes))).toBe(true)
})

it(
  '[TR-04] the tenth wrong PIN destroys the key of the vault and nothing that waits, which goes afterwards',
  { timeout: 60_000 },
  async () => {
    const { ports } = await worked()
    for (let at = 1; at <= 10; at++) {
      browser.clock.pass(HOUR)
      expect(await tryPin(ports, WRONG)).toBe(at < 10 ? 'wrong' : 'ended')
    }
    expect(await inside(ports, standOf)).toBe('ended')
    const rows = await inside(ports, (tables) => tables.read(['key'], ({ key }) => key.all()))
    expect(rows.map((row) => row.name).sort()).toEqual(['capture', 'door', 'envelope'])
    expect(rows.find((row) => row.name === 'envelope')?.ended).not.toHaveProperty('aside')
    expect(await tend(ports)).toMatchObject({ ops: 0 })
    expect(facts()).toEqual(['有密码以前', '开着的时候', undefined])
  },
)

it('[TR-06] a server with another past is given all of it again; one with another key what waits, sealed anew after the next unlock', async () => {
  const { ports } = await worked()
  await tend(ports)
  drop.epoch = 'e2'
  await tend(ports)
  expect(drop.ops).toHaveLength(6)
  drop.epoch = 'e3'
  drop.keys = deriveDropboxKeys(['another secret of that server', 'the secret of a server that is not there'])
  drop.isDown = true
  await tend(ports)
  expect(await tryPin(ports, PIN)).toBe('open')
  drop.isDown = false
  const book = await open(ports)
  await book.save([outreachEdit(book.newId(), { attendances: 42 })])
  // Whatever waits is sealed for the new key; the old one is gone from the server by then.
  const anew = deriveDropboxKeys(['another secret of that server'])
  expect(anew.current.name.equals(drop.keys.current.name)).toBe(true)
  const isForAnew = ({ i, box }: OutRow) => typeof openBox(anew, 'op', i, Buffer.from(box)) !== 'string'
  const waiting = () => inside(ports, (tables) => tables.read(['out'], ({ out }) => out.all()))
  await vi.waitFor(async () =>
    expect((await waiting()).filter((row) => isOwed(row) && !isForAnew(row))).toEqual([]),
  )
  await shut()
  drop.keys = anew
  const before = drop.ops.length
  expect(await tend(ports)).toMatchObject({ ops: expect.any(Number) })
  expect(drop.ops.slice(before).map((op) => op['n'])).toContain(4)
})

it('[TR-06] another key is taken only from who gave the first', async () => {
  const { ports } = await worked()
  const key = () => inside(ports, (tables) => tables.read(['key'], (all) => all.key.get('door')))
  const before = await key()
  // Somebody in between: signs under a word of their own.
  const stranger = new DropDouble(DEVICE)
  stranger.keys = deriveDropboxKeys(['of somebody in between, long enough'])
  Object.assign(drop, { keys: stranger.keys })
  const offered = await drop.door(before?.door?.token ?? '')
  await inside(ports, (tables) => keepDoor(tables, offered as Door, ports.crypto))
  expect(await key()).toEqual(before)
})

it('[TR-06] forty-five days without a word close a vault for reading, a clock that is set back opens none, and a word does', async () => {
  const { ports } = await worked()
  browser.clock.wall += LEASE_MS + HOUR
  expect(await tryPin(ports, PIN)).toBe('lease')
  browser.clock.wall -= LEASE_MS
  expect(await tryPin(ports, PIN)).toBe('lease')
  browser.clock.wall += LEASE_MS
  const book = await openLockedBook(ports, browser.vault)
  expect(await book?.save([outreachEdit(book.newId())])).toMatchObject({ ok: true })
  book?.close()
  drop.good = false
  await tend(ports)
  expect(await tryPin(ports, PIN)).toBe('lease')
  drop.good = true
  await tend(ports)
  expect(await tryPin(ports, PIN)).toBe('open')
})

it('[TR-08] an order of the office locks the phone whatever the PIN, until the office lets go; nobody else’s does', async () => {
  const { ports } = await worked()
  const order = (sort: 'lock' | 'release', n: number, by = orders, device = DEVICE) =>
    by.sign({ v: 1, order: sort, device, n })
  const stranger = deriveOrderKey('somebody in between, with a secret of their own')
  drop.directives = [order('lock', 5, stranger), order('lock', 5, orders, 8)]
  expect((await tend(ports)).order).toBeNull()
  drop.directives = [order('lock', 5)]
  expect((await tend(ports)).order).toEqual({ order: 'lock', n: 5 })
  expect(await tryPin(ports, PIN)).toBe('held')
  const book = await openLockedBook(ports, browser.vault)
  expect(await book?.save([outreachEdit(book.newId())])).toMatchObject({ ok: true })
  book?.close()
  // An older one that somebody kept is worth nothing.
  drop.directives = [order('release', 4)]
  await tend(ports)
  expect(await tryPin(ports, PIN)).toBe('held')
  drop.directives = [order('release', 6)]
  expect(await tend(ports)).toMatchObject({ ops: 0, order: null })
  expect(await tryPin(ports, PIN)).toBe('open')
})

it('[TR-08] an open page locks when an order stands, also one that the worker heard first', async () => {
  const { ports } = await worked()
  expect(await tryPin(ports, PIN)).toBe('open')
  let locked = 0
  const heardLocked = () => void locked++
  books.push(await createNotebook(ports, { vault: browser.vault, lockedElsewhere: heardLocked }))
  drop.directives = [orders.sign({ v: 1, order: 'lock', device: DEVICE, n: 5 })]
  // The worker knocks and obeys; then the page finds that its session has ended.
  await tend(ports)
  expect(locked).toBe(0)
  browser.sky.now = null
  browser.sky.instead = { status: 401, contentType: 'application/json' }
  await books[0]?.tryNow()
  await vi.waitFor(() => expect(locked).toBe(1))
})

it('[TR-07] [TR-08] a vault that is to be emptied goes only when nothing waits in it that the server has not answered for', async () => {
  const { ports } = await worked()
  const { indexedDB } = ports
  drop.isDown = true
  expect(await inside(ports, (tables) => removeVault(browser.vault, tables, indexedDB))).toBe(false)
  expect(await inside(ports, (tables) => isAllThere(tables, dropPorts(ports)))).toBe(false)
  drop.isDown = false
  expect(await inside(ports, (tables) => isAllThere(tables, dropPorts(ports)))).toBe(true)
  // Everything was asked for twice.
  expect(drop.ops).toHaveLength(6)
  const tables = await ports.openTables(browser.vault)
  expect(await removeVault(browser.vault, tables, indexedDB)).toBe(true)
  // Nor does a lock that is still on screen put an empty one in its place.
  await expect(insideVault(browser.vault, ports, async () => 0)).rejects.toThrow('not on this phone')
  expect(await openLockedBook(ports, browser.vault)).toBeNull()
  expect((await indexedDB.databases()).map((one) => one.name)).not.toContain(`mingbai-${browser.vault}`)
})

it('[TR-08] nothing is written any more into a vault that is being removed, also when the browser does not let go of it', async () => {
  const { ports } = await worked()
  const book = await openLockedBook(ports, browser.vault)
  await tend(ports)
  const stuck = {
    deleteDatabase() {
      const asked = new EventTarget()
      queueMicrotask(() => asked.dispatchEvent(new Event('blocked')))
      return asked
    },
  } as unknown as IDBFactory
  expect(await inside(ports, (tables) => removeVault(browser.vault, tables, stuck))).toBe(false)
  const before = await inside(ports, (tables) => tables.read(['out'], ({ out }) => out.count()))
  const saved = await book?.save([outreachEdit(book.newId())]).catch(() => ({ ok: false }))
  expect(saved).toMatchObject({ ok: false })
  book?.close()
  expect(await inside(ports, (tables) => tables.read(['out'], ({ out }) => out.count()))).toBe(before)
})

it('[TR-17] a session that has ended keeps nothing from going, on a phone without a PIN too', async () => {
  const ports = await phone()
  const book = await open(ports)
  await untilDoor(ports)
  await book.save([disputeEdit(book.newId(), { facts: '没登录' })])
  await shut()
  expect(await tend(ports)).toMatchObject({ ops: 0 })
  expect(facts()).toEqual(['没登录'])
})
