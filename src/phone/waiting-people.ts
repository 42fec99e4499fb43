import { idOf, META } from './database/rows.ts'
import type { EnrolmentPorts } from './enrolment.ts'
import { readFacts } from './notebook/context.ts'
import { standOf } from './seal/vault-key.ts'
import { knownVaults } from './vaults.ts'

/** Somebody whose work on this phone has not been handed in yet. */
export interface WaitingPerson {
  vault: string
  /** null: it has a PIN, and whoever holds the phone is not told whose it is (TR-09). */
  name: string | null
  /** Records that wait. */
  records: number
}

async function lookInto(vault: string, ports: EnrolmentPorts): Promise<WaitingPerson | null> {
  const tables = await ports.peekTables(vault)
  if (!tables) return null
  try {
    const [waiting, isSomebodys] = await tables.read(['out', 'meta'], ({ out, meta }) =>
      Promise.all([out.all(), meta.get(META.me)]),
    )
    if (waiting.length === 0 || !isSomebodys) return null
    const isPlain = (await standOf(tables)) === 'plain'
    const records = new Set(waiting.map((row) => idOf(row.key))).size
    if (!isPlain) return { vault, name: null, records }
    const { me } = await readFacts({ tables, sealer: await ports.openSealer(tables) })
    return me ? { vault, name: me.name, records } : null
  } finally {
    tables.close()
  }
}

/**
 * Everybody whose work still waits on this phone, to be said where somebody signs in: their work goes only under themselves (I-30).
 * A vault that does not open just now is left out; nothing is changed.
 */
export async function waitingPeople(ports: EnrolmentPorts): Promise<WaitingPerson[]> {
  const found: WaitingPerson[] = []
  for (const vault of await knownVaults(ports.marks, ports)) {
    const one = await lookInto(vault, ports).catch(() => null)
    if (one) found.push(one)
  }
  return found
}
