import { randomUUID } from 'node:crypto'
import type { RegionCode } from '#domain/region/code.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { dayOf, type Day } from '#domain/time/day.ts'
import type { AccountKeys } from '../accounts/keys.ts'
import { erase } from '../backup/erase.ts'
import type { Tx } from '../database/database.ts'
import { record as audit } from '../repositories/audit.ts'
import { recordsWithId, type Erasure } from '../repositories/backup/erasures.ts'
import { hangingOn } from '../repositories/privacy/due.ts'
import { addHold, endHolds, heldAmong } from '../repositories/privacy/holds.ts'
import { recordsNaming, refusedNaming, subjectRecords } from '../repositories/privacy/subjects.ts'
import type { FieldKeys } from './field-keys.ts'
import { openBody } from './sealed-body.ts'
import { givenOf, mayDelete, type CannotDelete, type Given, type SubjectRecord } from './subject.ts'
import { confirmTwo, type Two, type TwoRefusal, type Yes } from '../accounts/two-people.ts'

/** What two people of the office ask for: who they are, and now. Everything here runs in one transaction of the role `owner`. */
export interface Asked {
  tx: Tx
  keys: AccountKeys
  /** Open telephone numbers, of which the mask is given. */
  fields: FieldKeys
  said: readonly [Yes, Yes]
  /** Epoch ms. */
  now: number
}

type Refusal = TwoRefusal | CannotDelete | 'no-record'
type Thing = { kind: string; id: string; region: string }

const countyOf = (region: string): string => region.slice(0, 6)

/** One entry for each of the two, for each record: neither can later say it was the other. */
const note = ({ tx, now }: Asked, two: Two, action: string, things: readonly Thing[]): Promise<void> =>
  audit(
    tx,
    now,
    ...things.flatMap(({ kind, id, region }) =>
      two.map((actor) => ({
        actor,
        role: 'office',
        action,
        object: { kind, id },
        region,
        reason: 'two-people',
      })),
    ),
  )

const confirm = (asked: Asked, things: readonly { region: RegionCode }[]) =>
  confirmTwo(
    asked.tx,
    asked.keys,
    asked.said,
    things.map((one) => one.region),
    asked.now,
  )

/** Begins a hold on a record, to the end of a day. @returns the hold's id */
export async function setHold(
  asked: Asked,
  record: string,
  until: Day,
  reason: string,
): Promise<Result<string, Refusal>> {
  const [there] = (await recordsWithId(asked.tx, [record])).filter((one) => !one.deleted)
  if (!there) return refuse('no-record')
  const two = await confirm(asked, [there])
  if (!two.ok) return two
  const id = randomUUID()
  const { kind, region, county } = there
  await addHold(
    asked.tx,
    { id, county, kind, record, region, reason, until, by: two.value },
    new Date(asked.now),
  )
  await note(asked, two.value, 'hold.set', [there])
  return accept(id)
}

/** Ends the holds on a record before their day. @returns how many */
export async function liftHold(asked: Asked, record: string): Promise<Result<number, Refusal>> {
  const [there] = await recordsWithId(asked.tx, [record])
  if (!there) return refuse('no-record')
  const two = await confirm(asked, [there])
  if (!two.ok) return two
  const ended = await endHolds(asked.tx, record, two.value, new Date(asked.now))
  await note(asked, two.value, 'hold.lift', [there])
  return accept(ended)
}

/** Where somebody of a name stands: in which records, and in how many entries that were not accepted. */
export interface FoundSubject {
  records: SubjectRecord[]
  refused: number
}

/** Where somebody of that name stands: which of them are this very person, people of the office find out. */
export async function findSubject(
  asked: Asked,
  name: string,
  region: RegionCode,
): Promise<Result<FoundSubject, Refusal>> {
  const two = await confirm(asked, [{ region }])
  if (!two.ok) return two
  const records = await recordsNaming(asked.tx, name, region)
  const refused = await refusedNaming(asked.tx, name, region)
  await note(asked, two.value, 'subject.find', records.length > 0 ? records : [{ kind: '', id: '', region }])
  return accept({ records, refused })
}

async function named(asked: Asked, ids: readonly string[]): Promise<Result<[SubjectRecord[], Two], Refusal>> {
  const records = await subjectRecords(asked.tx, ids)
  if (records.length !== new Set(ids).size || records.length === 0) return refuse('no-record')
  const two = await confirm(asked, records)
  return two.ok ? accept([records, two.value]) : two
}

/** Everything of one person in these records, without what is another's. */
export async function exportSubject(
  asked: Asked,
  name: string,
  ids: readonly string[],
): Promise<Result<Given[], Refusal>> {
  const these = await named(asked, ids)
  if (!these.ok) return these
  const [records, two] = these.value
  const given: Given[] = []
  for (const one of records) {
    const theirs = givenOf({ ...one, body: openBody(asked.fields, one, one.body) }, name)
    if (!theirs.ok) return theirs
    given.push(theirs.value)
  }
  await note(asked, two, 'subject.export', records)
  return accept(given)
}

/**
 * Deletes these records of one person, all or none, with what hangs on them. Numbers stay.
 * @param keep writes the list of what is about to be erased where a restore will find it
 * @returns how many records are empty now
 */
export async function deleteSubject(
  asked: Asked,
  name: string,
  ids: readonly string[],
  keep: (list: readonly Erasure[]) => Promise<void>,
): Promise<Result<number, Refusal>> {
  const these = await named(asked, ids)
  if (!these.ok) return these
  const [records, two] = these.value
  const all: Thing[] = []
  for (const one of records) {
    const hanging = await hangingOn(asked.tx, countyOf(one.region), [one.id])
    const parts = [one.id, ...hanging.map((each) => each.id)]
    const held = await heldAmong(asked.tx, countyOf(one.region), parts, dayOf(asked.now))
    const may = mayDelete(one, name, held.size > 0)
    if (!may.ok) return may
    all.push(one, ...hanging)
  }
  const at = new Date(asked.now)
  const list = all.map(({ kind, id, region }): Erasure => ({
    kind,
    id,
    region,
    at: at.toISOString(),
    counted: true,
  }))
  await keep(list)
  await erase(asked.tx, list, at)
  await note(asked, two, 'subject.delete', records)
  return accept(list.length)
}
