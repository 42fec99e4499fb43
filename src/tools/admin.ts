import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { accountsContext } from '#server/accounts/accounts.ts'
import type { AccountsContext } from '#server/accounts/context.ts'
import { isDemoData, refuseDemoData } from '#server/accounts/demo.ts'
import { configFrom } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import { CannotStart } from '#server/database/refused.ts'
import { secretOf } from '#server/secret.ts'
import { openDatabase } from '#server/start.ts'
import { CannotDo, readOrder, USAGE, type Order } from './admin/command-line.ts'
import { firstAdmin, inviteByOperator } from './admin/people.ts'
import { setUpCounty, setUpVillages } from './admin/regions.ts'

function carryOut(order: Exclude<Order, { command: 'help' }>, context: AccountsContext): Promise<string> {
  switch (order.command) {
    case 'county':
      return setUpCounty(context, order.code)
    case 'villages':
      return setUpVillages(context, order.file)
    case 'first-admin':
      return firstAdmin(context, order, process.stdin)
    case 'invite':
      return inviteByOperator(context, order)
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

async function run(args: readonly string[]): Promise<void> {
  const order = readOrder(args)
  if (order.command === 'help') return void process.stdout.write(USAGE)
  const config = configFrom(process.env)
  // Before anything is opened, so that not even an empty folder comes to be.
  if (config.demo && config.databaseUrl === null && !existsSync(join(config.dataFolder, 'database')))
    throw wouldBeDemo()
  const database = await openDatabase(config)
  try {
    await refuseWrongPlace(database, config.demo)
    const { origin, sponsor, filingNo, demo } = config
    const context = accountsContext(database, {
      secret: secretOf(config),
      origin,
      sponsor,
      filingNo,
      demo,
      clock: Date.now,
    })
    console.log(await carryOut(order, context))
  } finally {
    await database.close()
  }
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof CannotDo) && !(error instanceof CannotStart)) throw error
  console.error(`明白: ${error.message}`)
  process.exitCode = 1
}
