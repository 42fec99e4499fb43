import { hash } from 'node:crypto'
import { LIMITS } from '#sync/protocol/wire.ts'
import type { Phone } from '../world/phone.ts'
import { DAY } from '../world/time.ts'
import type { World } from '../world/world.ts'
import type { RecordRow, ServerContent } from './server-content.ts'
import { must, same } from './violation.ts'

/** A photograph that somebody was told is kept. */
export interface Photograph {
  phone: Phone
  vault: string
  sha256: string
  /** When they were told; true time. */
  at: number
}

export const sha256Of = (bytes: Uint8Array): string => hash('sha256', bytes)

/** So many pieces in a row may come to a place where their file does not stand: one, and what the line doubles of it. */
const MISSES = 3

/** I-42: after a break a phone asks how far a file has got, and does not offer bytes again and again that nobody can take. */
export function expectAsked(phone: Phone, body: Uint8Array, status: number): void {
  const isMiss = status === 409 && new TextDecoder().decode(body.subarray(0, 40)).includes('"PATCH"')
  phone.misses = isMiss ? phone.misses + 1 : 0
  must(
    phone.misses < MISSES,
    'I-42',
    () => `phone ${phone.index} offers bytes of a file without asking how far it has got`,
  )
}

interface Compared {
  rv: number
  body: Record<string, unknown>
  fv: Record<string, unknown>
}

/**
 * The found record as its ops alone make it: without what the server said of its bytes, and without the versions this took.
 * @param made version that the ops alone made; a village that went over may have taken it further
 */
export function asDeclared<T extends Compared>(
  kind: string,
  found: T,
  expected: Compared | null,
  made: number,
): T {
  if (kind !== 'attachment' || !expected || found.rv <= made) return found
  const isAboutBytes = same({ ...found.body, state: expected.body['state'] }, expected.body)
  const body = { ...found.body, state: expected.body['state'] }
  return {
    ...found,
    rv: isAboutBytes ? expected.rv : found.rv,
    body,
    fv: { ...found.fv, state: expected.fv['state'] },
  }
}

/** Whether a phone may have let go of bytes by now: the servers hold them, a verified backup too, and the ring's time is over. */
async function mayBeGone(world: World, { sha256, at }: Photograph): Promise<boolean> {
  const isOld = world.time.now - at > LIMITS.ringDays * DAY && world.notary.backedUpAt > at
  return isOld && (await world.keptFile?.(sha256)) === sha256
}

/**
 * I-41: the bytes of every photograph lie on its phone, whole, until the ring lets them go. Where the servers take files: those whose
 * record its phone may still see are there too, and are the ones that were declared.
 * @param scope what the server shows a phone, by key
 */
export async function expectFiles(
  world: World,
  content: ServerContent,
  scopeOn: (phone: Phone) => Promise<ReadonlyMap<string, RecordRow>>,
): Promise<void> {
  for (const photograph of world.notary.photographs) {
    const { phone, vault, sha256 } = photograph
    const tab = phone.open
    if (tab?.vault !== vault) continue
    const made = [...world.notary.book(phone, vault).made.values()].find(
      ({ op }) => op.a['sha256'] === sha256,
    )
    must(
      made !== undefined,
      'I-1',
      () => `phone ${phone.index}: a photograph was called kept and has no op`,
      'lost',
    )
    const id = made.op.e[1]
    const bytes = await tab.notebook.files.bytes(id)
    const isHere = bytes === null ? await mayBeGone(world, photograph) : sha256Of(bytes) === sha256
    must(isHere, 'I-41', () => `phone ${phone.index}: the bytes of attachment/${id} are not here`, 'lost')
    if (!world.keptFile) continue
    const row = (await scopeOn(phone)).get(`attachment/${id}`)
    if (!row || row.body['cancelled'] === true) continue
    const kept = await world.keptFile(sha256)
    must(
      row.body['state'] === 'stored' && kept === sha256,
      'I-41',
      () => `attachment/${id} is ${String(row.body['state'])}, the server's file is ${kept ?? 'not there'}`,
      'stuck',
    )
  }
  for (const row of content.records) {
    if (row.kind !== 'attachment' || row.body['state'] !== 'stored') continue
    const sha256 = String(row.body['sha256'])
    const kept = await world.keptFile?.(sha256)
    must(kept === sha256, 'I-41', () => `attachment/${row.id} is called stored and is not there`, 'lost')
  }
}
