import { IDBFactory } from 'fake-indexeddb'
import { describe, expect, it } from 'vitest'
import { createNotebook } from '#phone/notebook.ts'
import { openVaultSealer } from '#phone/seal/vault-key.ts'
import type { VaultKeys } from '#phone/seal/envelope.ts'
import { tendClosed } from '#phone/vault/closed.ts'
import { unlockVault } from '#phone/vault/unlock.ts'
import { DropDouble } from '#tests/support/drop-double.ts'
import { restorePhone } from '#tests/support/phone-dump.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when } from '#tests/support/phone-world.ts'
import { LANDED_LOCKED, lockedOf } from './landed.ts'

it('phones with a PIN have landed', () => expect(LANDED_LOCKED.length).toBeGreaterThan(0))

describe.each(LANDED_LOCKED)('a phone with a PIN from landing %i', (landed) => {
  it('[TR-02] [TR-12] hands in all it had while it is locked, and opens with its PIN', async () => {
    const fixture = lockedOf(landed)
    const drop = new DropDouble(fixture.device)
    const browser = await makeBrowser(new TinyServer(() => START_AT), {
      device: fixture.device,
      ports: { drop },
    })
    const { ports } = browser
    ports.indexedDB = new IDBFactory()
    await restorePhone(ports.indexedDB, fixture.dump)
    browser.marks.text = fixture.marks
    browser.sky.now = 'down'
    const tables = await ports.openTables(fixture.vault)
    const { crypto, clock } = ports
    const tended = await tendClosed(tables, { crypto, clock, drop, app: 'test' })
    expect(tended).toMatchObject({ ops: 0, files: 0 })
    expect(drop.ops.map((op) => [op['n'], op['i']])).toEqual(fixture.seen.ops)
    const opened = await unlockVault(tables, { by: 'pin', words: fixture.pin }, ports)
    const keys: VaultKeys | null = opened.ok ? opened.value : null
    tables.close()
    ports.openSealer = (all) => openVaultSealer(all, ports.crypto, keys)
    const book = await createNotebook(ports, { vault: fixture.vault })
    const rows = await when(book.rows, (list) => list.length >= fixture.seen.titles.length)
    expect(rows.map((row) => row.title)).toEqual(expect.arrayContaining(fixture.seen.titles))
    await when(book.drafts.list, (list) => list.length === 1)
    await book.close()
    await browser.closeAll()
  })
})
