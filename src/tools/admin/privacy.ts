import { resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import * as v from 'valibot'
import { IdSchema } from '#domain/id.ts'
import { RegionPrefixSchema } from '#domain/region/code.ts'
import { dayOf, DaySchema } from '#domain/time/day.ts'
import type { Config } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import type { OfficeOrder } from '#server/privacy/office-order.ts'
import { obeyOffice } from '#server/privacy/office.ts'
import { CannotDo, type HoldOrder, type SubjectOrder } from './command-line.ts'
import { ask, holder } from './reach.ts'

const idsOf = (records: string): string[] => records.split(',').map((one) => one.trim())

const isId = (id: string): boolean => v.is(IdSchema, id)

const isPlace = (code: string): boolean => code.length >= 6 && v.is(RegionPrefixSchema, code)

const refuseWhen = (wrong: boolean, sentence: string, reason: string): void => {
  if (wrong) throw new CannotDo(sentence, reason)
}

/** Refuses what makes no sense before a database is opened. */
export function refusePrivacy(order: HoldOrder | SubjectOrder): void {
  const words = order.command === 'hold' ? ['set', 'lift'] : ['find', 'export', 'delete']
  refuseWhen(
    !words.includes(order.what),
    `"${order.command}" takes ${words.join(', ')}; see: npm run admin -- help`,
    'bad-word',
  )
  if (order.command === 'hold') {
    refuseWhen(!isId(order.id), 'that is no record’s number.', 'bad-id')
    if (order.what === 'lift') return
    refuseWhen(
      !v.is(DaySchema, order.until) || order.until < dayOf(Date.now()),
      '--until is a day that is not over, 2026-12-31.',
      'bad-day',
    )
    refuseWhen(
      order.reason === '' || order.reason.length > 200,
      '--reason is needed, up to 200 characters.',
      'no-reason',
    )
    return
  }
  refuseWhen(order.name === '' || order.name.length > 100, 'a name is needed.', 'no-name')
  if (order.what === 'find')
    return refuseWhen(!isPlace(order.region), '--region is a code of 6, 9 or 12 digits.', 'bad-region')
  refuseWhen(!idsOf(order.records).every(isId), '--records are numbers of records, with commas.', 'bad-id')
  refuseWhen(order.what === 'export' && order.to === '', '--to names a new folder.', 'no-folder')
}

/** The two codes, one a line: never on the command line, where others may see them. */
async function codesFrom(stdin: NodeJS.ReadableStream): Promise<[string, string]> {
  const [first = '', second = ''] = (await readAll(stdin)).split(/\r?\n/).map((one) => one.trim())
  return [first, second]
}

function orderOf(order: HoldOrder | SubjectOrder, codes: [string, string]): OfficeOrder {
  const { first, second } = order
  const pair = { first, second, codes }
  if (order.command === 'hold') {
    const { id, until, reason } = order
    return order.what === 'set'
      ? { ask: 'hold.set', id, until, reason, ...pair }
      : { ask: 'hold.lift', id, ...pair }
  }
  const { name, region, to } = order
  const records = idsOf(order.records)
  if (order.what === 'find') return { ask: 'subject.find', name, region, ...pair }
  return order.what === 'export'
    ? { ask: 'subject.export', name, records, to: resolve(to), ...pair }
    : { ask: 'subject.delete', name, records, ...pair }
}

/**
 * Does what two people of the office ask for: the server that holds the database does it, and this command when nobody does.
 * @param open opens the database that the configuration names @returns what to tell them
 */
export async function obeyPrivacy(
  config: Config,
  order: HoldOrder | SubjectOrder,
  stdin: NodeJS.ReadableStream,
  open: (work: (database: Database) => Promise<string>) => Promise<string>,
): Promise<string> {
  const office = orderOf(order, await codesFrom(stdin))
  const pid = holder(config)
  if (pid !== null) return (await ask(config, pid, { do: 'office', order: office })) as string
  return open(async (database) => {
    const done = await obeyOffice({ config, database, clock: Date.now }, office)
    if (!done.ok) throw new CannotDo(done.sentence, done.reason)
    return done.value
  })
}
