import { sql } from 'drizzle-orm'
import { codeOf, parentOf, type RegionPrefix } from '#domain/region/code.ts'
import type { Tx } from '../../database/database.ts'
import { childDigitsOf } from './area.ts'

export interface Place {
  prefix: RegionPrefix
  name: string
}

/** A region and the ones above it, outermost first; null when the region does not exist. */
export async function pathOf(tx: Tx, prefix: RegionPrefix): Promise<Place[] | null> {
  const chain: RegionPrefix[] = []
  for (let one: RegionPrefix | null = prefix; one !== null; one = parentOf(one)) chain.unshift(one)
  const codes = chain.map(codeOf)
  const { rows } = await tx.execute<{ code: string; name: string }>(sql`
    SELECT code, name FROM region WHERE code IN (${sql.join(
      codes.map((one) => sql`${one}`),
      sql`, `,
    )})`)
  const names = new Map(rows.map((one) => [one.code, one.name]))
  if (!names.has(codeOf(prefix))) return null
  return chain.flatMap((one) => {
    const name = names.get(codeOf(one))
    return name === undefined ? [] : [{ prefix: one, name }]
  })
}

/** Places one level below, in administrative order, that are valid on `day`. A village has none. */
export async function childrenOf(tx: Tx, prefix: RegionPrefix, day: string): Promise<Place[]> {
  if (prefix.length === 12) return []
  const digits = childDigitsOf(prefix)
  const { rows } = await tx.execute<{ place: string; name: string }>(sql`
    SELECT left(code, ${digits}::int) AS place, name FROM region
    WHERE code > ${codeOf(prefix)} AND code < ${`${prefix}:`} AND code = rpad(left(code, ${digits}::int), 12, '0')
      AND (valid_from IS NULL OR valid_from <= ${day}::date) AND (valid_to IS NULL OR valid_to >= ${day}::date)
    ORDER BY ord, code`)
  return rows.map((one) => ({ prefix: one.place, name: one.name }))
}

/** Names of places by their prefix, valid or not: work done in a village that was merged still has its name. */
export async function namesOf(tx: Tx, prefixes: readonly RegionPrefix[]): Promise<Map<RegionPrefix, string>> {
  if (prefixes.length === 0) return new Map()
  const codes = prefixes.map((one) => sql`${codeOf(one)}`)
  const { rows } = await tx.execute<{ code: string; name: string }>(
    sql`SELECT code, name FROM region WHERE code IN (${sql.join(codes, sql`, `)})`,
  )
  const names = new Map(rows.map((one) => [one.code, one.name]))
  return new Map(prefixes.map((one) => [one, names.get(codeOf(one)) ?? one]))
}
