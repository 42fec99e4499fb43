import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { prefixOf, RegionCodeSchema } from '#domain/region/code.ts'
import type { Result } from '#domain/result.ts'
import { dayOf } from '#domain/time/day.ts'
import { deriveKeys } from '../accounts/keys.ts'
import { keepErased, listFolders, listKey } from '../backup/erased-list.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/database.ts'
import { record as audit } from '../repositories/audit.ts'
import type { Erasure } from '../repositories/backup/erasures.ts'
import { secretOf } from '../secret.ts'
import { fieldKeysOf } from './field-keys.ts'
import type { OfficeOrder } from './office-order.ts'
import {
  deleteSubject,
  exportSubject,
  findSubject,
  liftHold,
  setHold,
  type Asked,
  type FoundSubject,
} from './requests.ts'
import type { Given } from './subject.ts'
import { subjectPaper } from './subject-paper.ts'

type Export = Extract<OfficeOrder, { ask: 'subject.export' }>

export type OfficeAnswer = { ok: true; value: string } | { ok: false; reason: string; sentence: string }

export interface OfficeParts {
  config: Config
  database: Database
  /** Epoch milliseconds. */
  clock(): number
}

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
  'folder-there': 'the folder of --to is there already; name a new one.',
  'folder-not-writable': 'the folder of --to cannot be made or written to; name another.',
}

/** What is told: ids, places and days; no name and no word of a record. */
function sayFound({ records, refused }: FoundSubject): string {
  const lines = records.map(
    (one) => `${one.kind} ${one.id} ${one.region} ${String(one.body['acceptedOn'] ?? one.body['on'] ?? '')}`,
  )
  const more =
    refused === 0
      ? []
      : [
          `${refused} entries that were not accepted name somebody so too; they are decided about at the desk, among what was refused.`,
        ]
  return [`${records.length} records; more than one person may be called so:`, ...lines, ...more].join('\n')
}

async function writeExport({ to, name }: Export, day: string, given: readonly Given[]): Promise<string> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  const data = JSON.stringify({ name, day, records: given }, null, 2)
  await writeFile(join(to, 'data.json'), `${data}\n`, { mode: 0o600 })
  await writeFile(join(to, 'paper.html'), subjectPaper(name, day, given), { mode: 0o600 })
  const withheld = given.reduce((sum, one) => sum + one.withheld.length, 0)
  return `${given.length} records in ${to}: data.json, paper.html. ${withheld} texts that may speak of others are named there and left out; read them to the person.`
}

const changed = <T>(result: Result<T, string>, say: (value: T) => string): Result<string, string> =>
  result.ok ? { ok: true, value: say(result.value) } : result

type Keep = (list: readonly Erasure[]) => Promise<void>

/** Everything but an export, which is written only once its entry in the log is. */
async function inOne(
  order: Exclude<OfficeOrder, Export>,
  asked: Asked,
  keep: Keep,
): Promise<Result<string, string>> {
  switch (order.ask) {
    case 'hold.set':
      return changed(
        await setHold(asked, order.id, order.until, order.reason),
        () => `the record and all that belongs to it is kept up to and with ${order.until}.`,
      )
    case 'hold.lift':
      return changed(await liftHold(asked, order.id), (n) => `${n} holds are over.`)
    case 'subject.find': {
      const { name, region } = order
      const prefix = v.is(RegionCodeSchema, region) ? prefixOf(region) : region
      return changed(await findSubject(asked, name, prefix), sayFound)
    }
    case 'subject.delete':
      return changed(
        await deleteSubject(asked, order.name, order.records, keep),
        (n) => `${n} records are empty for good; their numbers stay.`,
      )
  }
}

class Refused extends Error {
  readonly reason: string
  constructor(reason: string) {
    super()
    this.reason = reason
  }
}

/** One transaction, undone when it is refused: a refusal changes nothing but the log. */
function transact<T>(
  { config, database, clock }: OfficeParts,
  order: OfficeOrder,
  work: (asked: Asked) => Promise<Result<T, string>>,
): Promise<T> {
  const secret = secretOf(config)
  return database.as('owner', {}, async (tx) => {
    const said = [
      { username: order.first, code: order.codes[0] },
      { username: order.second, code: order.codes[1] },
    ] as const
    const fields = fieldKeysOf(config, secret)
    const done = await work({
      tx,
      keys: deriveKeys(secret, config.secretsBefore),
      fields,
      said,
      now: clock(),
    })
    if (!done.ok) throw new Refused(done.reason)
    return done.value
  })
}

async function carriedOut(parts: OfficeParts, order: OfficeOrder): Promise<string> {
  if (order.ask === 'subject.export') {
    if (existsSync(order.to)) throw new Refused('folder-there')
    const given = await transact(parts, order, (asked) => exportSubject(asked, order.name, order.records))
    return writeExport(order, dayOf(parts.clock()), given).catch(() => {
      throw new Refused('folder-not-writable')
    })
  }
  const key = listKey(secretOf(parts.config))
  const keep: Keep = async (list) => {
    for (const folder of listFolders(parts.config)) await keepErased(folder, list, key)
  }
  return transact(parts, order, (asked) => inOne(order, asked, keep))
}

/** Does what two people of the office ask for; see `SENTENCES` for what is refused, which is in the log as well. @returns what to tell them */
export async function obeyOffice(parts: OfficeParts, order: OfficeOrder): Promise<OfficeAnswer> {
  try {
    return { ok: true, value: await carriedOut(parts, order) }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { reason } = error
    await parts.database.as('jobs', {}, (tx) =>
      audit(tx, parts.clock(), {
        actor: null,
        role: 'operator',
        action: order.ask,
        outcome: 'refused',
        reason,
      }),
    )
    return { ok: false, reason, sentence: `${SENTENCES[reason] ?? reason} Nothing was changed.` }
  }
}
