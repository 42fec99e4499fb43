import { existingTables } from '#phone/database/existing-tables.ts'
import { browserMarks } from '#phone/marks.ts'
import { currentDeviceKey } from '#phone/vault/device-key.ts'

function after(ms: number, what: () => void): () => void {
  const timer = setTimeout(what, ms)
  return () => clearTimeout(timer)
}

/** The same in a real browser. */
export const openDeviceKey = (): (() => Promise<CryptoKey | null>) =>
  currentDeviceKey({
    marks: browserMarks,
    after,
    peekTables: (vault) => existingTables(vault, { indexedDB, keyRange: IDBKeyRange }, ['key'], after),
  })
