import type { Dispute, Party } from '#domain/dispute/dispute.ts'
import { typeOfWord } from '#domain/dispute/type.ts'
import type { Id } from '#domain/id.ts'
import type { Body } from '#domain/record/kind.ts'
import type { Edit } from '#phone/api.ts'

/** What the page for changing a dispute holds. */
export interface EditValues {
  word: string
  topic: string
  facts: string
  place: string
  happenedOn: string
  source: string
  flags: string[]
  parties: { id: Id; name: string }[]
}

/** The page as it opens. */
export const valuesOf = (dispute: Dispute): EditValues => ({
  word: dispute.word,
  topic: dispute.topic ?? '',
  facts: dispute.facts ?? '',
  place: dispute.place ?? '',
  happenedOn: dispute.happenedOn,
  source: dispute.source,
  flags: [...dispute.flags],
  parties: (dispute.parties ?? []).map((party) => ({ id: party.id, name: party.name })),
})

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

function fieldsChanged(before: EditValues, after: EditValues): Body {
  const args: Body = {}
  for (const field of ['topic', 'facts', 'place', 'happenedOn', 'source', 'flags'] as const)
    if (!same(before[field], after[field])) args[field] = typeof after[field] === 'string' ? after[field].trim() : after[field]
  if (before.word !== after.word) Object.assign(args, { word: after.word, type: typeOfWord(after.word) })
  return args
}

function partyEdits(dispute: Dispute, after: EditValues, at: Pick<Edit, 'kind' | 'id' | 'region'>): Edit[] {
  const edits: Edit[] = []
  const named = after.parties.filter((party) => party.name.trim() !== '')
  for (const party of named) {
    const old = dispute.parties.find((one) => one.id === party.id)
    if (old?.name === party.name.trim()) continue
    const item: Party = { ...(old ?? { kind: 'person' as const }), id: party.id, name: party.name.trim() }
    edits.push({ ...at, op: 'set.add', args: { set: 'parties', item } })
  }
  for (const old of dispute.parties)
    if (!named.some((party) => party.id === old.id)) edits.push({ ...at, op: 'set.remove', args: { set: 'parties', id: old.id } })
  return edits
}

/** Only what was changed, so that somebody else's change of another field stays. Empty when nothing was. */
export function editsOf(dispute: Dispute, after: EditValues, at: Pick<Edit, 'kind' | 'id' | 'region'>): Edit[] {
  const args = fieldsChanged(valuesOf(dispute), after)
  const patch: Edit[] = Object.keys(args).length > 0 ? [{ ...at, op: 'patch', args }] : []
  return [...patch, ...partyEdits(dispute, after, at)]
}
