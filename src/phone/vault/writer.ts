import type { Me } from '#sync/protocol/wire.ts'
import type { Identity } from '../notebook/context.ts'
import { META, type KeyRow, type MetaRow } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'
import { boundTo, makeKey, openJson, sealerOf, sealJson, SUITES } from '../seal/box.ts'

/** What a locked phone must know so that its person can go on writing: who writes, where, under which number. No record, nobody else. */
export interface Writer {
  me: Me
  device: number
  /** Numbers this installation had before; absent: none. */
  former?: Identity['former']
  /** How far the server's clock is ahead, ms. */
  offset: number
}

const WORDS = boundTo('meta', META.writer)

/** Contacts are other people; the page that needs them is not shown locked. */
const withoutOthers = (writer: Writer): Writer => ({ ...writer, me: { ...writer.me, contacts: [] } })

const writerRow = async (key: CryptoKey, writer: Writer, crypto: Crypto): Promise<MetaRow> => ({
  name: META.writer,
  box: await sealJson(sealerOf(key, crypto, SUITES.capture), WORDS, withoutOthers(writer)),
})

/** The rows that let a locked phone write. */
export async function newWriter(
  writer: Writer,
  crypto: Crypto,
): Promise<{ key: KeyRow & { key: CryptoKey }; meta: MetaRow }> {
  const key = await makeKey(crypto)
  return { key: { name: 'capture', key }, meta: await writerRow(key, writer, crypto) }
}

/** What a locked phone knows of its person; null: it never had a PIN. */
export async function readWriter(tables: VaultTables, crypto: Crypto): Promise<Writer | null> {
  const { key, row } = await tables.read(['key', 'meta'], async (all) => {
    const [capture, meta] = await Promise.all([all.key.get('capture'), all.meta.get(META.writer)])
    return { key: capture?.key, row: meta }
  })
  if (!key || !row?.box) return null
  return openJson<Writer>(sealerOf(key, crypto, SUITES.capture), WORDS, row.box)
}

/** Keeps up what a locked phone will know, if the vault has a PIN. */
export async function keepWriter(tables: VaultTables, writer: Writer, crypto: Crypto): Promise<void> {
  const capture = await tables.read(['key'], ({ key }) => key.get('capture'))
  if (!capture?.key) return
  const row = await writerRow(capture.key, writer, crypto)
  await tables.write(['meta'], 'strict', ({ meta }) => meta.put(row))
}
