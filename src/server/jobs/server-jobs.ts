import { attachmentFiles } from '../backup/attachment-files.ts'
import { CannotBackUp } from '../backup/cannot-back-up.ts'
import { daysKept } from '#domain/privacy/retention.ts'
import { keepErased, listFolders, listKey } from '../backup/erased-list.ts'
import { noteBackup, writeBackup, type BackupParts } from '../backup/write.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/database.ts'
import type { EmbeddedDatabase } from '../database/embedded.ts'
import { eraseDue } from '../privacy/erase-due.ts'
import { fieldKeysOf } from '../privacy/field-keys.ts'
import { obeyOffice } from '../privacy/office.ts'
import { removeContents } from '../privacy/remove-contents.ts'
import { renewFields } from '../privacy/renew.ts'
import type { Erasure } from '../repositories/backup/erasures.ts'
import { moveRing } from '../repositories/backup/history.ts'
import { forgetEntries } from '../repositories/privacy/leftovers.ts'
import { secretOf } from '../secret.ts'
import { sweepUploads } from '../services/attachments/sweep.ts'
import { headOfLog, verifyLog } from '../services/audit/verify.ts'
import type { Counters } from '../services/counters.ts'
import { purgeOld } from '../services/sync/purge.ts'
import { auditNumbers } from './audit-numbers.ts'
import { nightlyBackup } from './nightly-backup.ts'
import type { Order, OrderAnswer } from './orders.ts'
import { reportUpwards } from './report-upwards.ts'
import type { Job, JobLog } from './scheduler.ts'

export interface JobParts {
  config: Config
  /** Version of this build. */
  version: string
  database: Database
  clock(): number
  counters: Counters
  log: JobLog
}

const backupParts = ({ config, database, version }: JobParts): BackupParts => ({
  database,
  app: version,
  attachments: attachmentFiles(config.filesFolder),
})

const HOUR_S = 3600
const DAY_MS = 86_400_000

/** Every number recomputed from its records; a difference of anything but 0 rings. */
const numbers = (parts: JobParts): Job => ({
  name: 'numbers',
  rhythm: { nightlyAt: 2 },
  leaseS: HOUR_S,
  async run() {
    const audits = await auditNumbers(parts.database, parts.clock())
    const wrong = audits.filter((one) => one.differences.length > 0)
    for (const { county, asOf, differences } of wrong) {
      parts.counters.add('mingbai_numbers_wrong_total', {}, differences.length)
      parts.log.error({ county, asOf, differences: differences.length }, 'numbers differ from their records')
    }
    const records = audits.reduce((sum, one) => sum + one.records, 0)
    const differences = audits.reduce((sum, one) => sum + one.differences.length, 0)
    return { ok: differences === 0, counties: audits.length, records, differences }
  },
})

const upwards = (parts: JobParts): Job => ({
  name: 'upwards',
  rhythm: { everyMinutes: 10 },
  leaseS: HOUR_S,
  run: async () => ({ ok: true, counties: await reportUpwards(parts.database) }),
})

const backup = (parts: JobParts, folder: string): Job => ({
  name: 'backup',
  rhythm: { nightlyAt: 3 },
  leaseS: 6 * HOUR_S,
  run: () => nightlyBackup(backupParts(parts), folder, listKey(secretOf(parts.config)), parts.clock),
})

const purge = (parts: JobParts): Job => ({
  name: 'purge',
  rhythm: { nightlyAt: 2 },
  leaseS: HOUR_S,
  run: async () => ({ ok: true, ...(await purgeOld(parts.database, parts.clock())) }),
})

/** What the retention table says is due, in records, files, and among sessions and codes. */
const retention = (parts: JobParts): Job => ({
  name: 'retention',
  rhythm: { nightlyAt: 1 },
  leaseS: 2 * HOUR_S,
  async run() {
    const { config, database } = parts
    const now = parts.clock()
    const key = listKey(secretOf(config))
    const note = async (list: readonly Erasure[]) => {
      for (const folder of listFolders(config)) await keepErased(folder, list, key)
    }
    const erased = await eraseDue({ database, keep: config.keep, note }, now)
    const contents = await removeContents(database, config.filesFolder, now)
    const entries = await database.as('accounts', {}, (tx) =>
      forgetEntries(tx, now - daysKept('session') * DAY_MS),
    )
    return { ok: true, ...erased, contents, entries }
  },
})

const uploads = (parts: JobParts): Job => ({
  name: 'uploads',
  rhythm: { nightlyAt: 2 },
  leaseS: HOUR_S,
  run: async () => ({
    ok: true,
    forgotten: await sweepUploads(parts.database, parts.config.filesFolder, parts.clock()),
  }),
})

/** What PostgreSQL's own helpers do where it runs as a server, and nobody does in a database inside this process. */
const tidy = (database: EmbeddedDatabase): Job => ({
  name: 'tidy',
  rhythm: { nightlyAt: 4 },
  leaseS: HOUR_S,
  async run() {
    await database.tidy()
    return { ok: true }
  },
})

/** What this server does by itself. */
export function serverJobs(parts: JobParts): Job[] {
  const { config, database } = parts
  return [
    numbers(parts),
    upwards(parts),
    retention(parts),
    purge(parts),
    uploads(parts),
    ...(config.backupFolder === null ? [] : [backup(parts, config.backupFolder)]),
    ...(database.kind === 'embedded' ? [tidy(database as EmbeddedDatabase)] : []),
  ]
}

async function done(parts: JobParts, order: Exclude<Order, { do: 'office' }>): Promise<unknown> {
  switch (order.do) {
    case 'backup':
      await noteBackup(parts.database, parts.clock())
      return writeBackup(backupParts(parts), order.folder)
    case 'ring':
      return parts.database.as('jobs', {}, (tx) => moveRing(tx, order.epoch, order.moment))
    case 'log-head':
      return headOfLog(parts.database)
    case 'log-verify':
      return verifyLog(parts.database, order.noted)
    case 'renew': {
      const { config, database, clock } = parts
      return renewFields(database, fieldKeysOf(config, secretOf(config)), clock)
    }
  }
}

/** Carries out what a command at this computer asks of the running server. */
export async function carryOut(parts: JobParts, order: Order): Promise<OrderAnswer> {
  try {
    return order.do === 'office'
      ? await obeyOffice(parts, order.order)
      : { ok: true, value: await done(parts, order) }
  } catch (error) {
    if (error instanceof CannotBackUp) return { ok: false, reason: error.reason, sentence: error.message }
    parts.log.error({ order: order.do, err: error }, 'an order failed')
    return { ok: false, reason: 'failed', sentence: 'the server could not do it; its log says more.' }
  }
}
