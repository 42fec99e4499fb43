import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { codeOf, parentOf, type RegionCode, type RegionPrefix } from '#domain/region/code.ts'
import { shortNameOf } from '#domain/region/region.ts'
import { parseRegionTable } from '#domain/region/table.ts'
import { inAccounts, rowsOf, type AccountsContext } from '#server/accounts/context.ts'
import type { RemapRefusal } from '#server/accounts/remap-region.ts'
import type { Tx } from '#server/database/database.ts'
import { sqlSyncDatabase } from '#server/repositories/sync/sync-database.ts'
import { remapRegion } from '#server/services/sync/remap.ts'
import { ROOT } from '../steps/run.ts'
import { CannotDo } from './command-line.ts'
import { readVillages, type VillageLine } from './village-file.ts'

const TABLE = join(ROOT, 'seeds/regions/national.tsv')
/** Villages that come without a code are numbered from here: the statistical codes of villages end far below. */
const OWN_NUMBERS_FROM = 901

interface Unit {
  code: RegionCode
  name: string
  ord: number
}

async function putUnits(tx: Tx, units: readonly Unit[]): Promise<void> {
  const rows = JSON.stringify(units.map((one) => ({ ...one, short: shortNameOf(one.name) })))
  await tx.execute(sql`
    INSERT INTO region (code, name, short, ord)
    SELECT r.code, r.name, r.short, r.ord FROM jsonb_to_recordset(${rows}::jsonb) AS r(code text, name text, short text, ord integer)
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, short = excluded.short, ord = excluded.ord, valid_to = NULL`)
  // Phones know names of their regions by heart: those of the counties touched ask anew.
  const counties = [...new Set(units.map((one) => one.code.slice(0, 6)))]
  for (const county of counties)
    await tx.execute(sql`
      UPDATE scope_rev SET rev = rev + 1 WHERE person IN (SELECT person FROM role_grant WHERE starts_with(region, ${county}))`)
}

function upwards(prefix: RegionPrefix): RegionPrefix[] {
  const above = parentOf(prefix)
  return above === null ? [prefix] : [...upwards(above), prefix]
}

/** Sets up a county with what lies above it and its townships, from the national table. @returns a sentence of what was done */
export async function setUpCounty(context: AccountsContext, code: string): Promise<string> {
  if (!/^\d{6}$/.test(code))
    throw new CannotDo(`"${code.slice(0, 20)}" is not a county code; it has six digits, such as 532922.`)
  const read = parseRegionTable(await readFile(TABLE, 'utf8'))
  if (!read.ok)
    throw new CannotDo(
      'seeds/regions/national.tsv cannot be read as a region table; fetch it anew from the repository.',
    )
  const table = read.value
  if (table.nameOf(code) === null)
    throw new CannotDo(
      `the national table has no county ${code}; look its code up in seeds/regions/national.tsv.`,
    )
  const townships = table.childrenOf(code)
  const above = upwards(code).map((prefix) => ({ prefix, name: table.nameOf(prefix) ?? '' }))
  const units = [...above, ...townships].map((one, i) => ({
    code: codeOf(one.prefix),
    name: one.name,
    ord: i,
  }))
  await inAccounts(context, (tx) => putUnits(tx, units))
  return `${table.pathOf(code).join('')}: the county and its ${townships.length} townships are set up; villages come by "villages FILE.csv".`
}

/** Gives villages without a code the next own number of their township; a name already there keeps its code. */
function withCodes(lines: readonly VillageLine[], known: readonly { code: string; name: string }[]): Unit[] {
  const taken = new Set([
    ...known.map((one) => one.code),
    ...lines.flatMap((one) => (one.code === null ? [] : [one.code])),
  ])
  const next = (township: RegionPrefix): RegionCode => {
    for (let number = OWN_NUMBERS_FROM; number <= 999; number++) {
      const code = `${township}${number}`
      if (taken.has(code)) continue
      taken.add(code)
      return code
    }
    throw new CannotDo(
      `township ${township} has no number left for a village without a code; give the twelve-digit codes instead.`,
    )
  }
  return lines.map((one, ord) => {
    const there = known.find((other) => other.code.startsWith(one.township) && other.name === one.name)
    return { code: one.code ?? there?.code ?? next(one.township), name: one.name, ord }
  })
}

const NOT_REMAPPED: Readonly<Record<RemapRefusal, string>> = {
  'same-place': 'both codes are the same village; name the old one and the one it has gone over into.',
  'not-a-village': 'one of the codes is not that of a village; it has twelve digits and does not end in 000.',
  'unknown-region': 'one of the villages is not set up here; run "villages FILE.csv" first.',
  'no-longer-there':
    'the new village has itself gone over, or the old one went elsewhere; name the one that is there today.',
}

/** Moves a village that has gone over into another, with everything in it. @returns a sentence of what was done */
export async function remapVillage(context: AccountsContext, from: string, to: string): Promise<string> {
  if (![from, to].every((one) => /^\d{12}$/.test(one)))
    throw new CannotDo('a village is named by its twelve-digit code, the old one first.', 'bad-code')
  const done = await remapRegion(context, sqlSyncDatabase(context.database), from, to)
  if (!done.ok) throw new CannotDo(NOT_REMAPPED[done.reason], done.reason)
  return `${from} has gone over into ${to}: ${done.value.moved} records moved; phones see it with their next exchange.`
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw new CannotDo(`the file ${file} cannot be read; check its name and rights.`)
  }
}

/** Sets up villages from a file, all or none. @returns a sentence of what was done */
export async function setUpVillages(context: AccountsContext, file: string): Promise<string> {
  const text = await readText(file)
  return inAccounts(context, async (tx) => {
    const known = await rowsOf<{ code: string; name: string }>(
      tx,
      sql`SELECT code, name FROM region ORDER BY code`,
    )
    const codes = new Set(known.map((one) => one.code))
    const { villages, faults } = readVillages(text, (township) => codes.has(codeOf(township)))
    if (faults.length > 0) {
      const lines = faults.map((one) =>
        one.line === 0 ? `  the file ${one.sentence}` : `  line ${one.line} ${one.sentence}`,
      )
      throw new CannotDo(
        `${file} has ${faults.length} fault${faults.length === 1 ? '' : 's'}, and nothing was changed:\n${lines.join('\n')}`,
      )
    }
    const units = withCodes(villages, known)
    await putUnits(tx, units)
    const fresh = units.filter((one) => !codes.has(one.code)).length
    return `${units.length} villages are set up, ${fresh} of them new.`
  })
}
