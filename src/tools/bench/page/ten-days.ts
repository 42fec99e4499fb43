import type { Id } from '#domain/id.ts'
import { dayOf } from '#domain/time/day.ts'
import type { Parent, Taken } from '#phone/attachments/api.ts'
import { disputeEdit, fieldEdits, saves, until, type BenchPhone } from './phone.ts'

/** How much was written in ten days without a signal. */
export interface TenDays {
  cases: number
  edits: number
  /** Records for a village that is not this person's, which the office will not accept. */
  refused: number
  photos: number
  photoBytes: number
}

const JPEG = [0xff, 0xd8, 0xff, 0xe0]

/** Bytes that no two photographs share and that do not pack. */
function photo(bytes: number): Taken {
  const all = new Uint8Array(bytes)
  for (let from = 0; from < bytes; from += 65_536)
    crypto.getRandomValues(all.subarray(from, Math.min(bytes, from + 65_536)))
  all.set(JPEG)
  return {
    bytes: all,
    mime: 'image/jpeg',
    name: '',
    thumb: null,
    takenOn: dayOf(Date.now()),
    caption: '',
    seconds: null,
  }
}

/** Writes it all, cut off. @returns ids of the cases */
export async function tenDays(phone: BenchPhone, what: TenDays): Promise<Id[]> {
  const { ids } = await saves(phone, what.cases, Date.now())
  await fieldEdits(phone, ids, what.edits, 'place', '第')
  const other = `${phone.village.slice(0, 6)}199099`
  for (let i = 0; i < what.refused; i++) {
    const edit = disputeEdit(phone, i, Date.now() - i)
    const done = await phone.notebook.save([{ ...edit, region: other }])
    if (!done.ok) throw new Error(done.reason)
  }
  for (let i = 0; i < what.photos; i++) {
    const of: Parent = {
      kind: 'dispute',
      id: ids[i % ids.length] as Id,
      region: phone.village,
      flags: [],
    }
    const done = await phone.notebook.files.add(of, [photo(what.photoBytes)])
    if (!done.ok) throw new Error(done.reason)
  }
  return ids
}

/** Lets everything go. @returns ms until the text was decided, and until the last photograph was there */
export async function backInSignal(phone: BenchPhone): Promise<{ text: number; all: number }> {
  const began = performance.now()
  phone.notebook.setCut(false)
  await until(phone.notebook.status, (status) => status.waiting === 0)
  const text = performance.now() - began
  await until(phone.notebook.files.waiting, (waiting) => waiting.files === 0)
  const all = performance.now() - began
  phone.notebook.setCut(true)
  return { text, all }
}
