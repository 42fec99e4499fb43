import { databaseName } from '#phone/database/rows.ts'
import { createNotebook } from '#phone/notebook.ts'
import type { VaultKeys } from '#phone/seal/envelope.ts'
import { openVaultSealer } from '#phone/seal/vault-key.ts'
import { openLockedBook } from '#phone/vault/locked-book.ts'
import { unlockVault } from '#phone/vault/unlock.ts'
import { DropDouble } from '#tests/support/drop-double.ts'
import { dumpPhone, exportableCrypto } from '#tests/support/phone-dump.ts'
import { disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, TestClock, when } from '#tests/support/phone-world.ts'
import type { LockedFixture } from './landed.ts'
import { DEVICE } from './record-phone.ts'

const PIN = '739264'

/** A phone with a PIN, put away locked: work from before the PIN, from after an unlock, and from while it was locked. */
export async function recordLocked(): Promise<LockedFixture> {
  const clock = new TestClock()
  const drop = new DropDouble(DEVICE)
  const browser = await makeBrowser(new TinyServer(() => START_AT), {
    device: DEVICE,
    clock,
    ports: { crypto: exportableCrypto(), drop },
  })
  const { ports, vault } = browser
  let keys: VaultKeys | null = null
  ports.openSealer = (tables) => openVaultSealer(tables, ports.crypto, keys)
  browser.sky.now = 'down'
  const first = await createNotebook(ports, { vault })
  const tables = await ports.openTables(vault)
  const hasDoor = () => tables.read(['key'], ({ key }) => key.get('door'))
  while (!(await hasDoor())) await new Promise((go) => setTimeout(go, 10))
  const id = first.newId()
  await first.save([disputeEdit(id, { facts: '有密码以前' })])
  await first.drafts.put({ id: first.newId(), form: 'dispute', title: '没写完', at: START_AT, values: {} })
  // At the least cost there may be: this phone is slow as far as it can tell.
  let [slow, step] = [0, 1000]
  const { mono } = clock
  clock.mono = () => (slow += step *= 2)
  await first.guard?.set(PIN)
  clock.mono = mono
  await first.close()
  const opened = await unlockVault(tables, { by: 'pin', words: PIN }, ports)
  if (!opened.ok) throw new Error(opened.reason)
  keys = opened.value
  const book = await createNotebook(ports, { vault })
  await book.save([patchEdit(id, { facts: '开着的时候' })])
  while (await tables.read(['key'], ({ key }) => key.get('vault')))
    await new Promise((go) => setTimeout(go, 10))
  const rows = await when(book.rows, (list) => list.length === 1)
  await book.close()
  keys = null
  const locked = await openLockedBook(ports, vault)
  await locked?.save([outreachEdit(locked.newId(), { attendances: 41 })])
  locked?.close()
  const ops = await tables.read(['out'], ({ out }) => out.all())
  tables.close()
  await browser.closeAll()
  return {
    device: DEVICE,
    at: START_AT,
    pin: PIN,
    vault,
    marks: browser.marks.text,
    dump: await dumpPhone(ports.indexedDB, databaseName(vault)),
    seen: { titles: rows.map((row) => row.title), ops: ops.map(({ n, i }) => [n, i]) },
  }
}
