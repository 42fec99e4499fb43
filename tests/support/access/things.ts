import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Lane } from '#domain/access/lane.ts'
import { uploadId } from '#domain/attachment/upload-id.ts'
import type { ServerBox } from '#domain/privacy/id-number.ts'
import type { Role } from '#domain/access/role.ts'
import type { Id } from '#domain/id.ts'
import { storedPath } from '#server/services/attachments/files.ts'
import type { Planted } from '../desk/desk-world.ts'
import { makeAttachment } from '../make-attachment.ts'
import { makeDispute } from '../make-dispute.ts'
import { makeOutreach } from '../make-outreach.ts'
import { ALIKE, FAR, HOME, newCanary, OTHER, SIBLING, type Actor } from './cast.ts'

/** Something that operations are about. What a family does not need is left at nothing. */
export interface Thing {
  name: string
  /** Whether it is there at all; a deleted one is not. */
  exists: boolean
  /** Where it is: a code or a prefix. */
  region: string
  id: Id
  kind: string
  lane: Lane
  office: boolean
  recorder: Id
  canary: string
  /** The file that hangs on it. */
  file: { id: Id; bytes: Buffer; sha256: string }
  /** Whose phone, upload or invitation it is, with the post that person holds. */
  owner: Id
  role: Role
  device: number
  words: string[]
  /** The identity number of its one side, as a phone sealed it; null: none. */
  number: ServerBox | null
}

const fileOf = (canary: string): Thing['file'] => {
  const bytes = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from(canary.repeat(8))])
  return { id: randomUUID(), bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** A thing of which only what matters is said. */
export function makeThing(name: string, more: Partial<Thing> = {}): Thing {
  const canary = newCanary()
  return {
    name,
    exists: true,
    region: HOME,
    id: randomUUID(),
    kind: 'dispute',
    lane: 'casework',
    office: false,
    recorder: '',
    canary,
    file: fileOf(canary),
    owner: '',
    role: 'mediator',
    device: 0,
    words: [],
    number: null,
    ...more,
  }
}

/** The name of the upload of a thing's file from its phone. */
export const uploadOf = (one: Thing): string => uploadId(one.file.sha256, one.device)

/** Records in every place a right can begin or end at. @param recorder whose own some are @param colleague who recorded the others */
export const makeRecords = (recorder: Id, colleague: Id): Thing[] => {
  const others = (name: string, more: Partial<Thing> = {}) =>
    makeThing(name, { recorder: colleague, ...more })
  return [
    makeThing('own', { recorder }),
    makeThing('own, behind the closed door', { recorder, lane: 'closed' }),
    others('of a colleague'),
    others('handed to the office', { office: true }),
    others('of the next village', { region: SIBLING }),
    others('of the next town', { region: OTHER }),
    others('of the town itself', { region: '999901101000' }),
    others('of the county itself', { region: '999901000000' }),
    others('of a county of nearly that code', { region: ALIKE }),
    others('of another county', { region: FAR }),
    others('an outreach session', { kind: 'outreach', lane: 'outreach' }),
    others('deleted', { exists: false }),
  ]
}

function bodyOf({ id, canary, kind, lane, office, recorder, number }: Thing): Planted['body'] {
  if (kind === 'outreach')
    return { ...makeOutreach({ title: canary, place: canary, speakers: [canary], note: canary }) }
  return {
    ...makeDispute({
      parties: [{ id, name: canary, kind: 'person' }],
      ...(number ? { idNumbers: [{ id, tail: '002X', agreedOn: '2026-11-05', ...number }] } : {}),
      facts: canary,
      place: canary,
      mediatorName: canary,
      recordedBy: recorder,
      topic: canary,
      ...(lane === 'closed' ? { flags: ['violence'] } : {}),
      ...(office
        ? {
            stage: 'escalated',
            events: [{ what: 'escalated', on: '2026-11-05', at: 1, by: null, note: canary }],
          }
        : {}),
    }),
  }
}

/** A record and its file as a push and an upload would have left them. */
export function plantedOf(one: Thing, folder: string): Planted[] {
  const { region, recorder, kind, id, file, canary, lane } = one
  const path = storedPath(folder, file.sha256)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, file.bytes)
  const body = makeAttachment({
    of: [kind as 'dispute', id],
    sha256: file.sha256,
    size: file.bytes.length,
    name: `${canary}.jpg`,
    caption: canary,
    thumb: null,
    state: 'stored',
    flags: lane === 'closed' ? ['violence'] : [],
    recordedBy: recorder,
  })
  return [
    { id, kind, region, recorder, body: bodyOf(one) },
    { id: file.id, kind: 'attachment', region, recorder, body: { ...body } },
  ]
}

/** Regions that a desk may be asked for. */
export const REGIONS_ASKED: readonly Thing[] = [
  makeThing('the town', { region: '999901101' }),
  makeThing('a village of it', { region: HOME }),
  makeThing('the next town', { region: '999901102' }),
  makeThing('the county above', { region: '999901' }),
  makeThing('a county of nearly that code', { region: '999911' }),
  makeThing('another county', { region: '999902' }),
  makeThing('half a code', { region: '99990', exists: false }),
  makeThing('a wildcard', { region: '9999_1', exists: false }),
  makeThing('no such place', { region: '999903', exists: false }),
]

/** Counties that shares may be asked for. */
export const COUNTIES_ASKED: readonly Thing[] = [
  makeThing('the county', { region: '999901' }),
  makeThing('a county of nearly that code', { region: '999911' }),
  makeThing('another county', { region: '999902' }),
  makeThing('no such place', { region: '999903', exists: false }),
]

/** Posts that may be given. */
export const POSTS: readonly Thing[] = [
  makeThing('mediator of a village', { role: 'mediator', region: HOME }),
  makeThing('clerk of the town', { role: 'clerk', region: '999901101' }),
  makeThing('coordinator of the town', { role: 'coordinator', region: '999901101' }),
  makeThing('mediator of the next town', { role: 'mediator', region: OTHER }),
  makeThing('administrator of the town', { role: 'administrator', region: '999901101' }),
  makeThing('coordinator of the county', { role: 'coordinator', region: '999901' }),
  makeThing('mediator of a county of nearly that code', { role: 'mediator', region: ALIKE }),
  makeThing('mediator of another county', { role: 'mediator', region: FAR }),
]

/** Whose phone, and which of those who ask holds it. */
export const ownedBy = (one: Actor): Partial<Thing> => ({
  owner: one.person,
  role: one.role ?? 'mediator',
  region: one.region,
  device: one.device,
})
