import type { Rights } from '#domain/access/grant.ts'
import { isValidOn } from '#domain/access/grant.ts'
import { scopeOf, type Scope } from '#domain/access/scope.ts'
import type { Day } from '#domain/time/day.ts'
import type { Database, ReadSettings, ReadTx, TransactionOptions } from './database.ts'

const LANES = ['casework', 'outreach', 'register'] as const

/** A scope as the settings that row-level security compares with. An empty list is an empty setting, and that shows nothing. */
function settingsOf(scope: Scope): Record<string, string> {
  const settings: Record<string, string> = {
    person: scope.person,
    office: scope.office.join(','),
    records: scope.records.join(','),
  }
  for (const lane of LANES) {
    settings[`full_${lane}`] = scope.full[lane].join(',')
    settings[`skeleton_${lane}`] = scope.skeleton[lane].join(',')
  }
  return settings
}

/**
 * The settings for `readAs`: what these rights let a person read on a day (D-24). `counts` names the regions whose
 * numbers they may see: all of their posts' regions. The log opens to auditors only.
 */
export function readSettings(rights: Rights, day: Day): ReadSettings {
  const valid = rights.grants.filter((one) => isValidOn(one, day))
  const counts = [...new Set(valid.map((one) => one.region))]
  const audit = [...new Set(valid.filter((one) => one.role === 'auditor').map((one) => one.region))]
  const settings = { ...settingsOf(scopeOf(rights, day)), counts: counts.join(','), audit: audit.join(',') }
  return settings as unknown as ReadSettings
}

/** Opens one transaction that reads with somebody's rights, and does the work in it. */
export const readAs = <T>(
  database: Database,
  settings: ReadSettings,
  work: (tx: ReadTx) => Promise<T>,
  options?: TransactionOptions,
): Promise<T> => database.as('app', settings, (tx) => work(tx as ReadTx), options)
