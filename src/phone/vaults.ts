import type { VaultStorage } from './database/tables.ts'
import type { Room } from './care.ts'
import type { Marks } from './marks.ts'

/** What is remembered of a vault outside its database; nothing that names a person. */
export interface VaultMark {
  id: string
  /** Last number given to an op. */
  n: number
  /** Ops that waited when it was last written. */
  waiting: number
  /** Ops that waited in a database of it that has vanished; there until the person has seen it. */
  lost?: number
  /** Its person said that they have forgotten its PIN: it is handed in and never opened again. */
  forgotten?: true
  /** Number of the installation it belongs to; absent: not known yet. */
  device?: number
}

export interface VaultMarks {
  /** The vault this browser opens by itself; null before anybody entered, or after signing out. */
  current: string | null
  vaults: VaultMark[]
  /** Vaults whose databases are broken and were set aside on the page that mends (`public/repair.js`): never opened, never removed. */
  aside?: VaultMark[]
  /** How full this phone was when it was last looked at, for those who have no vault open; absent: plenty of room. */
  room?: Exclude<Room, 'plenty'>
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
    const aside = Array.isArray(found.aside) ? found.aside.filter(isMark) : []
    const room = found.room === 'low' || found.room === 'full' ? { room: found.room } : {}
    const current = typeof found.current === 'string' ? found.current : null
    return { current, vaults, ...(aside.length > 0 ? { aside } : {}), ...room }
  } catch {
    return { current: null, vaults: [] }
  }
}

/** Ops that waited in vaults which were set aside, as last noted; null: none was set aside. */
export function waitingAside(marks: Marks): number | null {
  const { aside } = readMarks(marks)
  return aside ? aside.reduce((sum, one) => sum + one.waiting, 0) : null
}

const writeMarks = (marks: Marks, all: VaultMarks): void => marks.set(JSON.stringify(all))

/** Notes how far a vault is; adds it when it is new. */
export function markVault(marks: Marks, mark: Omit<VaultMark, 'lost'>): void {
  const all = readMarks(marks)
  const before = all.vaults.find((one) => one.id === mark.id)
  // What was lost stays written until somebody has seen it.
  const lost = before?.lost === undefined ? {} : { lost: before.lost }
  const forgotten = before?.forgotten ? { forgotten: true as const } : {}
  const device = before?.device === undefined ? {} : { device: before.device }
  writeMarks(marks, {
    ...all,
    vaults: [
      ...all.vaults.filter((one) => one.id !== mark.id),
      { ...device, ...mark, ...lost, ...forgotten },
    ],
  })
}

/** Notes which installation a vault belongs to, if it is not what was noted. */
export function markDevice(marks: Marks, vault: string, device: number): void {
  const all = readMarks(marks)
  const before = all.vaults.find((one) => one.id === vault)
  if (!before || before.device === device) return
  writeMarks(marks, { ...all, vaults: all.vaults.map((one) => (one === before ? { ...one, device } : one)) })
}

/** The installation whose vault opens by itself. 0: nobody has entered there. null: somebody has, and the number was not noted yet. */
export function markedDevice(marks: Marks): number | null {
  const { current, vaults } = readMarks(marks)
  const mark = vaults.find((one) => one.id === current)
  return mark ? (mark.device ?? null) : 0
}

/**
 * Looks whether a database came up emptier than it was left, and writes it down: entering anew must not wipe it out (L-28).
 * @param last the last number given to an op, as the database itself says; 0 when it has none
 * @returns ops that waited in what vanished; null when all is well, or it was seen
 */
export function noteVanished(marks: Marks, vault: string, last: number): number | null {
  const all = readMarks(marks)
  const mark = all.vaults.find((one) => one.id === vault)
  if (!mark) return null
  if (mark.n <= last) return mark.lost ?? null
  // Numbers beyond the last one there are gone; of those, at most as many as waited had not been handed in.
  const lost = (mark.lost ?? 0) + Math.min(mark.waiting, mark.n - last)
  const now: VaultMark = { id: vault, n: last, waiting: 0, lost }
  writeMarks(marks, { ...all, vaults: all.vaults.map((one) => (one === mark ? now : one)) })
  return lost
}

/** The person has seen what was lost. */
export function forgetVanished(marks: Marks, vault: string): void {
  const all = readMarks(marks)
  const vaults = all.vaults.map(({ lost, ...one }) =>
    one.id === vault || lost === undefined ? one : { ...one, lost },
  )
  writeMarks(marks, { ...all, vaults })
}

/** Its person has forgotten the PIN and begins anew: the next start asks who it is, and this vault is handed in and not opened again. */
export function forgetPin(marks: Marks, vault: string): void {
  const all = readMarks(marks)
  const known = all.vaults.some((one) => one.id === vault)
  const before = known ? all.vaults : [...all.vaults, { id: vault, n: 0, waiting: 0 }]
  const vaults = before.map((one) => (one.id === vault ? { ...one, forgotten: true as const } : one))
  writeMarks(marks, { ...all, vaults, current: all.current === vault ? null : all.current })
}

/** A vault is gone for good. */
export function dropMark(marks: Marks, vault: string): void {
  const all = readMarks(marks)
  const vaults = all.vaults.filter((one) => one.id !== vault)
  writeMarks(marks, { ...all, vaults, current: all.current === vault ? null : all.current })
}

/** Notes how full this phone is, if it is not what was noted. */
export function markRoom(marks: Marks, room: Room): void {
  const { room: before = 'plenty', ...all } = readMarks(marks)
  if (before !== room) writeMarks(marks, room === 'plenty' ? all : { ...all, room })
}

/** Makes a vault the one that opens by itself; null: nobody's. */
export const setCurrent = (marks: Marks, id: string | null): void =>
  writeMarks(marks, { ...readMarks(marks), current: id })

/** A new vault's name: sixteen random bytes, because a database's name is readable to anybody with the phone. */
export const newVaultId = (crypto: Crypto): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, '0')).join('')

/**
 * Every vault there is here and was not set aside: by the marker, and by the browser's own list where it has one (the marker may have
 * been wiped).
 */
export async function knownVaults(
  marks: Marks,
  storage: Pick<VaultStorage, 'listVaults'>,
): Promise<string[]> {
  const { vaults, aside = [] } = readMarks(marks)
  const known = new Set([...vaults.map((one) => one.id), ...(await storage.listVaults())])
  for (const { id } of aside) known.delete(id)
  return [...known]
}
