import { SEALED_FIELDS } from '#domain/privacy/mask.ts'
import type { Body } from '#domain/record/kind.ts'
import type { County } from '#domain/region/code.ts'
import { boundToFeedback } from '../accounts/feedback.ts'
import type { Database, Tx } from '../database/database.ts'
import { retrying } from '../database/failures.ts'
import { record as audit } from '../repositories/audit.ts'
import {
  boxesByKey,
  contactsToRenew,
  lossesToRenew,
  opsToRenew,
  putRenewedContacts,
  putRenewedLosses,
  putRenewedOps,
  putRenewedRecords,
  recordsToRenew,
  type SealedContact,
  type SealedLoss,
  type SealedOp,
  type SealedRecord,
} from '../repositories/privacy/renewal.ts'
import { countiesOf } from '../repositories/sync/purge.ts'
import type { FieldKeys } from './field-keys.ts'
import { renewBody, renewOne, renewText, type Renewed } from './sealed-body.ts'

/** Rows of one transaction: whoever pushes a change of one of them waits for it. */
const AT_A_TIME = 200
const FIRST = '00000000-0000-0000-0000-000000000000'

/** What sealing anew came to. */
export interface Renewal {
  /** Name of the newest key, under which everything is now that could be opened. */
  key: string
  /** Numbers that were sealed now. */
  sealed: number
  /** Numbers that open under no key that is here, and stayed as they were. */
  left: number
  /** Identity numbers, which stay sealed as the phone sealed them: to older keys that are here, and to such as are not. */
  boxesOld: number
  boxesLeft: number
}

/** What one transaction came to; `last`: the last row it looked at, null when there was none. */
interface Batch<R> {
  rows: number
  last: R | null
  sealed: number
  left: number
}

interface Sort<R> {
  table: string
  take(tx: Tx, county: County, after: R | null): Promise<R[]>
  renew(row: R): Renewed<R>
  put(tx: Tx, county: County, rows: readonly R[]): Promise<void>
}

const recordsOf = (keys: FieldKeys, kind: string): Sort<SealedRecord> => ({
  table: 'record',
  take: (tx, county, after) => recordsToRenew(tx, county, kind, after?.id ?? FIRST, AT_A_TIME),
  renew(row) {
    const body = renewBody(keys, row, row.body)
    const losses = row.losses.map((one) => ({
      one,
      anew: renewOne(keys, row, String(one['field']), one['value']),
    }))
    const sum = (of: 'sealed' | 'left') => losses.reduce((n, { anew }) => n + anew[of], body[of])
    const value = {
      ...row,
      body: body.value,
      losses: losses.map(({ one, anew }) => ({ ...one, value: anew.value })),
    }
    return { value, sealed: sum('sealed'), left: sum('left') }
  },
  put: putRenewedRecords,
})

const lossesOf = (keys: FieldKeys, kind: string): Sort<SealedLoss> => ({
  table: 'field_loss',
  take: (tx, county, after) =>
    lossesToRenew(tx, county, kind, after ?? { id: FIRST, field: '', rv: 0 }, AT_A_TIME),
  renew(row) {
    const anew = renewOne(keys, row, row.field, row.value)
    return { ...anew, value: { ...row, value: anew.value } }
  },
  put: putRenewedLosses,
})

const isBody = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const opsOf = (keys: FieldKeys): Sort<SealedOp> => ({
  table: 'op_refused',
  take: (tx, county, after) => opsToRenew(tx, county, after ?? { device: 0, n: 0 }, AT_A_TIME),
  renew(row) {
    const { e, a } = row.op
    if (!Array.isArray(e) || !isBody(a)) return { value: row, sealed: 0, left: 0 }
    const anew = renewBody(keys, { kind: String(e[0]), id: String(e[1]) }, a)
    return { ...anew, value: { ...row, op: { ...row.op, a: anew.value } } }
  },
  put: putRenewedOps,
})

const contactsOf = (keys: FieldKeys): Sort<SealedContact> => ({
  table: 'feedback',
  take: (tx, _everywhere, after) => contactsToRenew(tx, after?.id ?? FIRST, AT_A_TIME),
  renew(row) {
    const anew = renewText(keys, boundToFeedback(row.id), row.contact)
    return { ...anew, value: { ...row, contact: anew.value } }
  },
  put: (tx, _everywhere, rows) => putRenewedContacts(tx, rows),
})

/** One transaction: what is sealed anew in it is in the log with it. */
async function some<R>(
  tx: Tx,
  sort: Sort<R>,
  county: County,
  after: R | null,
  now: number,
): Promise<Batch<R>> {
  const rows = await sort.take(tx, county, after)
  const renewed = rows.map((one) => sort.renew(one))
  const changed = renewed.filter((one) => one.sealed > 0)
  const sum = (of: 'sealed' | 'left') => renewed.reduce((n, one) => n + one[of], 0)
  await sort.put(
    tx,
    county,
    changed.map((one) => one.value),
  )
  const sealed = sum('sealed')
  if (sealed > 0)
    await audit(tx, now, {
      actor: null,
      role: 'operator',
      action: 'fields.renew',
      object: { kind: 'table', id: sort.table },
      region: county,
      reason: `${sealed}`,
    })
  return { rows: rows.length, last: rows.at(-1) ?? null, sealed, left: sum('left') }
}

async function renewAll<R>(
  database: Database,
  sort: Sort<R>,
  county: County,
  clock: () => number,
  add: (one: Batch<R>) => void,
): Promise<void> {
  for (let after: R | null = null; ;) {
    const from = after
    const done: Batch<R> = await retrying(() =>
      database.as('owner', {}, (tx) => some(tx, sort, county, from, clock())),
    )
    add(done)
    if (done.rows < AT_A_TIME) return
    after = done.last
  }
}

/**
 * Seals every number of people that the database holds under the newest key: what was written before columns were sealed and stands in
 * clear, and what an older key sealed. Each row once: what is under the newest key is not touched, so it may be stopped anywhere and
 * given again, and goes on where it was, while people work.
 */
export async function renewFields(
  database: Database,
  keys: FieldKeys,
  clock: () => number,
): Promise<Renewal> {
  const sum = { sealed: 0, left: 0 }
  const add = (one: { sealed: number; left: number }) => {
    sum.sealed += one.sealed
    sum.left += one.left
  }
  const kinds = Object.keys(SEALED_FIELDS)
  for (const county of await database.as('owner', {}, countiesOf)) {
    for (const kind of kinds) {
      await renewAll(database, recordsOf(keys, kind), county, clock, add)
      await renewAll(database, lossesOf(keys, kind), county, clock, add)
    }
    await renewAll(database, opsOf(keys), county, clock, add)
  }
  await renewAll(database, contactsOf(keys), '', clock, add)
  const boxes = [...(await database.as('owner', {}, boxesByKey))].filter(([name]) => name !== keys.first.name)
  const count = (here: boolean) =>
    boxes.filter(([name]) => keys.byName.has(name) === here).reduce((n, [, one]) => n + one, 0)
  return { key: keys.first.name, ...sum, boxesOld: count(true), boxesLeft: count(false) }
}
