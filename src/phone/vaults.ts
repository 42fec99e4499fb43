import type { VaultStorage } from './database/tables.ts'
import type { Marks } from './marks.ts'

/** What is remembered of a vault outside its database; nothing that names a person. */
export interface VaultMark {
  id: string
  /** Last number given to an op. */
  n: number
  /** Ops that waited when it was last written. */
  waiting: number
}

export interface VaultMarks {
  /** The vault this browser opens by itself; null before anybody entered, or after signing out. */
  current: string | null
  vaults: VaultMark[]
}

const isMark = (one: unknown): one is VaultMark => {
  const mark = one as VaultMark
  return typeof mark?.id === 'string' && Number.isInteger(mark.n) && Number.isInteger(mark.waiting)
}

/** The vaults this browser knows of; a marker that cannot be read counts as none. */
export function readMarks(marks: Marks): VaultMarks {
  try {
    const found = JSON.parse(marks.get() ?? '{}') as Partial<VaultMarks>
    const vaults = Array.isArray(found.vaults) ? found.vaults.filter(isMark) : []
    return { current: typeof found.current === 'string' ? found.current : null, vaults }
  } catch {
    return { current: null, vaults: [] }
  }
}

const writeMarks = (marks: Marks, all: VaultMarks): void => marks.set(JSON.stringify(all))

/** Notes how far a vault is; adds it when it is new. */
export function markVault(marks: Marks, mark: VaultMark): void {
  const all = readMarks(marks)
  const vaults = [...all.vaults.filter((one) => one.id !== mark.id), mark]
  writeMarks(marks, { ...all, vaults })
}

/** Makes a vault the one that opens by itself; null: nobody's. */
export const setCurrent = (marks: Marks, id: string | null): void =>
  writeMarks(marks, { ...readMarks(marks), current: id })

/** A new vault's name: sixteen random bytes, because a database's name is readable to anybody with the phone. */
export const newVaultId = (crypto: Crypto): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, '0')).join('')

/** Every vault there is here: by the marker, and by the browser's own list where it has one (the marker may have been wiped). */
export async function knownVaults(
  marks: Marks,
  storage: Pick<VaultStorage, 'listVaults'>,
): Promise<string[]> {
  const marked = readMarks(marks).vaults.map((one) => one.id)
  return [...new Set([...marked, ...(await storage.listVaults())])]
}
