import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import * as v from 'valibot'
import { IdSchema } from '#domain/id.ts'
import { prefixOf, RegionCodeSchema, RegionPrefixSchema } from '#domain/region/code.ts'
import type { Result } from '#domain/result.ts'
import { dayOf, DaySchema } from '#domain/time/day.ts'
import { deriveKeys } from '#server/accounts/keys.ts'
import { keepErased, listFolders, listKey } from '#server/backup/erased-list.ts'
import type { Config } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import {
  deleteSubject,
  exportSubject,
  findSubject,
  liftHold,
  setHold,
  type Asked,
} from '#server/privacy/requests.ts'
import { subjectPaper } from '#server/privacy/subject-paper.ts'
import type { Erasure } from '#server/repositories/backup/erasures.ts'
import { record as audit } from '#server/repositories/audit.ts'
import { fieldKeysFrom } from '#server/privacy/field-keys.ts'
import { secretOf } from '#server/secret.ts'
import { CannotDo, type HoldOrder, type SubjectOrder } from './command-line.ts'

/** Why it was not done, in one sentence; nothing was changed. */
const SENTENCES: Readonly<Record<string, string>> = {
  'same-person': 'two different people are needed.',
  'wrong-code': 'one of the two is not known here, or their code is not what their authenticator shows now.',
  'not-their-office':
    'the first must be a coordinator of every place concerned, the second a coordinator or administrator of it.',
  'no-record': 'one of these records is not there, or is none in which a person stands.',
  'not-theirs': 'in one of these records nobody of that name stands.',
  'two-of-that-name':
    'in one of these records two people have that name; the mediator tells them apart in the record first.',
  held: 'a hold keeps one of these records.',
  filed:
    'a closed file is an archive and stays for its term (个人信息保护法 art. 72); what is wrong in it can be corrected by its mediator.',
  'both-sides':
    'one of these matters has another side, so one side cannot have it deleted; what is wrong in it can be corrected by its mediator.',
}

function valueOf<T>(result: Result<T, string>): T {
  if (result.ok) return result.value
  throw new CannotDo(`${SENTENCES[result.reason] ?? result.reason} Nothing was changed.`, result.reason)
}

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
  refuseWhen(order.name === '', 'a name is needed.', 'no-name')
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

async function writeExport(order: SubjectOrder, asked: Asked): Promise<string> {
  const given = valueOf(await exportSubject(asked, order.name, idsOf(order.records)))
  const folder = resolve(order.to)
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  refuseWhen(made === undefined, 'the folder of --to is there already; name a new one.', 'folder-there')
  const day = dayOf(asked.now)
  const data = JSON.stringify({ name: order.name, day, records: given }, null, 2)
  await writeFile(join(folder, 'data.json'), `${data}\n`, { mode: 0o600 })
  await writeFile(join(folder, 'paper.html'), subjectPaper(order.name, day, given), { mode: 0o600 })
  const withheld = given.reduce((sum, one) => sum + one.withheld.length, 0)
  return `${given.length} records in ${folder}: data.json, paper.html. ${withheld} texts that may speak of others are named there and left out; read them to the person.`
}

async function subject(order: SubjectOrder, asked: Asked, keep: (list: readonly Erasure[]) => Promise<void>) {
  if (order.what === 'export') return writeExport(order, asked)
  if (order.what === 'delete') {
    const n = valueOf(await deleteSubject(asked, order.name, idsOf(order.records), keep))
    return `${n} records are empty for good; their numbers stay.`
  }
  const { region } = order
  const prefix = v.is(RegionCodeSchema, region) ? prefixOf(region) : region
  const found = valueOf(await findSubject(asked, order.name, prefix))
  return [
    `${found.length} records; more than one person may be called so:`,
    ...found.map(
      (one) =>
        `${one.kind} ${one.id} ${one.region} ${String(one.body['acceptedOn'] ?? one.body['on'] ?? '')}`,
    ),
  ].join('\n')
}

async function hold(order: HoldOrder, asked: Asked): Promise<string> {
  if (order.what === 'lift') return `${valueOf(await liftHold(asked, order.id))} holds are over.`
  valueOf(await setHold(asked, order.id, order.until, order.reason))
  return `the record and all that belongs to it is kept up to and with ${order.until}.`
}

/** Does what two people of the office ask for; see `SENTENCES` for what is refused. @returns what to tell them */
export async function obeyPrivacy(
  config: Config,
  database: Database,
  order: HoldOrder | SubjectOrder,
  stdin: NodeJS.ReadableStream,
): Promise<string> {
  const [first, second] = await codesFrom(stdin)
  const secret = secretOf(config)
  const keep = async (list: readonly Erasure[]) => {
    for (const folder of listFolders(config)) await keepErased(folder, list, listKey(secret))
  }
  const done = database.as('owner', {}, (tx) => {
    const said = [
      { username: order.first, code: first },
      { username: order.second, code: second },
    ] as const
    const fields = fieldKeysFrom([...config.fieldSecrets, secret])
    const asked: Asked = { tx, keys: deriveKeys(secret), fields, said, now: Date.now() }
    return order.command === 'hold' ? hold(order, asked) : subject(order, asked, keep)
  })
  return done.catch(async (error: unknown) => {
    if (error instanceof CannotDo)
      await database.as('jobs', {}, (tx) =>
        audit(tx, Date.now(), {
          actor: null,
          role: 'operator',
          action: `${order.command}.${order.what}`,
          outcome: 'refused',
          reason: error.reason,
        }),
      )
    throw error
  })
}
