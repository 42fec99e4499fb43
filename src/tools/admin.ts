import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { accountsContext } from '#server/accounts/accounts.ts'
import type { AccountsContext } from '#server/accounts/context.ts'
import { isDemoData, refuseDemoData } from '#server/accounts/demo.ts'
import { CannotBackUp } from '#server/backup/cannot-back-up.ts'
import { configFrom, type Config } from '#server/config.ts'
import { crashLine, sayNoMoreAtCrash } from '#server/crash.ts'
import type { Database } from '#server/database/database.ts'
import { CannotStart } from '#server/database/refused.ts'
import { secretOf } from '#server/secret.ts'
import { openDatabase } from '#server/start.ts'
import { auditLog, readNoted, refuseWord } from './admin/audit.ts'
import { backupTo, drill, restoreFrom, verifyAt } from './admin/backups.ts'
import { CannotDo, readOrder, USAGE, type Order } from './admin/command-line.ts'
import { eraseRecord, refuseId } from './admin/erase.ts'
import { recomputeMetrics, refuseWords } from './admin/numbers.ts'
import { firstAdmin, inviteByOperator, leaveOffice } from './admin/people.ts'
import { obeyPrivacy, refusePrivacy } from './admin/privacy.ts'
import { refuseNothing } from './admin/reach.ts'
import { remapVillage, setUpCounty, setUpVillages } from './admin/regions.ts'
import { renewNumbers } from './admin/renew.ts'

/** Orders for accounts and regions. */
type PeopleOrder = Extract<
  Order,
  { command: 'county' | 'villages' | 'remap' | 'first-admin' | 'invite' | 'leave' }
>

function carryOut(order: PeopleOrder, context: AccountsContext): Promise<string> {
  switch (order.command) {
    case 'county':
      return setUpCounty(context, order.code)
    case 'villages':
      return setUpVillages(context, order.file)
    case 'remap':
      return remapVillage(context, order.from, order.to)
    case 'first-admin':
      return firstAdmin(context, order, process.stdin)
    case 'invite':
      return inviteByOperator(context, order)
    case 'leave':
      return leaveOffice(context, order.username)
  }
}

const wouldBeDemo = () =>
  new CannotDo(
    'this would be the demo; for a real county set MINGBAI_DEMO=0 with MINGBAI_SECRET, MINGBAI_SPONSOR and MINGBAI_FILING_NO.',
  )

/** A real county's people never go into a demo because a variable was forgotten, nor the other way round. */
async function refuseWrongPlace(database: Database, demo: boolean): Promise<void> {
  await refuseDemoData(database, demo)
  if (demo && !(await isDemoData(database))) throw wouldBeDemo()
}

async function onDatabase(config: Config, work: (database: Database) => Promise<string>): Promise<string> {
  const database = await openDatabase(config)
  try {
    await refuseWrongPlace(database, config.demo)
    return await work(database)
  } finally {
    await database.close()
  }
}

function withPeople(config: Config, order: PeopleOrder): Promise<string> {
  // Before anything is opened, so that not even an empty folder comes to be.
  if (config.demo && config.databaseUrl === null && !existsSync(join(config.dataFolder, 'database')))
    throw wouldBeDemo()
  const { origin, sponsor, filingNo, demo, fieldSecrets } = config
  return onDatabase(config, (database) => {
    const secret = secretOf(config)
    return carryOut(
      order,
      accountsContext(database, { secret, fieldSecrets, origin, sponsor, filingNo, demo, clock: Date.now }),
    )
  })
}

/** @returns what to tell the operator */
async function obey(order: Exclude<Order, { command: 'help' }>, config: Config): Promise<string> {
  switch (order.command) {
    case 'backup':
      return backupTo(config, order.folder)
    case 'verify':
      return verifyAt(config, order.folder)
    case 'restore':
      return restoreFrom(config, order.folder, order.replace)
    case 'drill':
      return drill(config, order.folder)
    case 'audit':
      refuseWord(order.what)
      return auditLog(config, order.what === 'head' ? 'head' : readNoted(order.head))
    case 'metrics':
      refuseWords(order)
      refuseNothing(config)
      return onDatabase(config, (database) => recomputeMetrics(database, order))
    case 'erase':
      refuseId(order.id)
      refuseNothing(config)
      return onDatabase(config, (database) => eraseRecord(config, database, order.kind, order.id))
    case 'hold':
    case 'subject':
      refusePrivacy(order)
      refuseNothing(config)
      return obeyPrivacy(config, order, process.stdin, (work) => onDatabase(config, work))
    case 'reseal':
      refuseNothing(config)
      return renewNumbers(config, (work) => onDatabase(config, work))
    default:
      return withPeople(config, order)
  }
}

async function run(args: readonly string[]): Promise<void> {
  const order = readOrder(args)
  if (order.command === 'help') return void process.stdout.write(USAGE)
  console.log(await obey(order, configFrom(process.env)))
}

/** The sentence, and the code by which a script knows it. */
function said(error: unknown): string | null {
  if (!(error instanceof CannotDo || error instanceof CannotStart || error instanceof CannotBackUp))
    return null
  return error.reason === '' ? error.message : `${error.message} (${error.reason})`
}

sayNoMoreAtCrash()
try {
  await run(process.argv.slice(2))
} catch (error) {
  const sentence = said(error)
  console.error(sentence === null ? crashLine(error) : `明白: ${sentence}`)
  process.exitCode = 1
}
