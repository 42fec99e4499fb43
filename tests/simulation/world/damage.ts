import { clearOf } from '../oracle/phone-content.ts'
import type { RecRow } from '#phone/database/rows.ts'
import type { WriteTable } from '#phone/database/tables.ts'
import type { Fault } from './faults.ts'
import type { Phone } from './phone.ts'
import type { World } from './world.ts'

async function write(
  phone: Phone,
  vault: string,
  work: (rec: WriteTable<'rec'>) => Promise<void>,
): Promise<void> {
  const tables = await phone.storage.openTables(vault)
  await tables.write(['rec'], 'strict', ({ rec }) => work(rec as WriteTable<'rec'>))
  tables.close()
  phone.disk.committed(vault)
}

/** The same row with one byte of its box changed. */
function rotten(row: RecRow, share: number): RecRow {
  const box = row.box.slice()
  const at = Math.floor(share * box.length)
  box[at] = (box[at] ?? 0) ^ 0x20
  return { ...row, box }
}

/** The browser comes up with the pages that were open, all at one moment: none of them finds what the others are about to make. */
function openAgain(phone: Phone): void {
  for (let page = 0; page < 3; page++) void phone.start()
}

/** What a failing flash chip or a careless cleaner does to a vault. @returns whether there was anything to harm */
export async function damage(world: World, phone: Phone, fault: Fault): Promise<boolean> {
  const vaults = [...phone.disk.commits.keys()]
  const vault = vaults[Math.floor(fault.b * vaults.length)]
  if (vault === undefined) return false
  if (fault.kind === 'vanished') {
    phone.killAll()
    await phone.storage.wipe(vault)
    world.notary.vanished(phone, vault)
    if (fault.c < 0.5) openAgain(phone)
    return true
  }
  const clear = await clearOf(phone.storage, vault)
  const busy = new Set([...(clear?.out ?? []), ...(clear?.dead ?? [])].map((one) => one.key))
  const free = (clear?.rec ?? []).filter((row) => row.rv > 0 && !busy.has(`${row.kind}/${row.id}`))
  const row = free[Math.floor(fault.a * free.length)]
  if (!row) return false
  const book = world.notary.book(phone, vault)
  const old = book.first.get(row.id)
  if (fault.kind === 'row-old' && (!old || old.rv >= row.rv)) return false
  book.damaged.add(row.id)
  if (fault.kind === 'row-gone') await write(phone, vault, (rec) => rec.deleteMany([row.id]))
  else
    await write(phone, vault, (rec) => rec.put(fault.kind === 'row-old' && old ? old : rotten(row, fault.c)))
  return true
}
