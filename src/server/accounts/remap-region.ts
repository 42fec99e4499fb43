import { sql } from 'drizzle-orm'
import type { Id } from '#domain/id.ts'
import { levelOf, prefixOf, type RegionCode } from '#domain/region/code.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { addDays } from '#domain/time/day.ts'
import type { Tx } from '../database/database.ts'
import { inAccounts, rowOf, rowsOf, today, type AccountsContext } from './context.ts'
import { nextMark } from './devices.ts'
import { raiseScope } from './people.ts'

export type RemapRefusal = 'same-place' | 'not-a-village' | 'unknown-region' | 'no-longer-there'

interface RegionRow extends Record<string, unknown> {
  code: RegionCode
  valid_to: string | null
  merged_into: RegionCode | null
}

async function judge(tx: Tx, from: RegionCode, to: RegionCode): Promise<Result<true, RemapRefusal>> {
  if (from === to) return refuse('same-place')
  if (levelOf(from) !== 'village' || levelOf(to) !== 'village') return refuse('not-a-village')
  const rows = await rowsOf<RegionRow>(
    tx,
    sql`SELECT code, valid_to::text AS valid_to, merged_into FROM region WHERE code IN (${from}, ${to})`,
  )
  const [old, next] = [from, to].map((code) => rows.find((one) => one.code === code))
  if (!old || !next) return refuse('unknown-region')
  // What was stopped on the way is finished even when the other has gone over as well since; its turn comes after.
  if (old.merged_into === to) return accept(true)
  const isElsewhere = old.merged_into !== null
  return next.valid_to !== null || next.merged_into !== null || isElsewhere
    ? refuse('no-longer-there')
    : accept(true)
}

/** Posts of the old village are posts of the new one, as of their first day, so that what was written before is judged as before. */
async function moveGrants(tx: Tx, context: AccountsContext, from: RegionCode, to: RegionCode): Promise<Id[]> {
  const [old, next, day] = [prefixOf(from), prefixOf(to), today(context)]
  const holders = await rowsOf<{ person: Id }>(
    tx,
    sql`INSERT INTO role_grant (person, role, region, lanes, view, from_day, to_day, organisation)
        SELECT g.person, g.role, ${next}, g.lanes, g.view, g.from_day, g.to_day, g.organisation FROM role_grant g
        WHERE g.region = ${old} AND (g.to_day IS NULL OR g.to_day >= ${day}) AND NOT EXISTS (
          SELECT 1 FROM role_grant n WHERE n.person = g.person AND n.role = g.role AND n.region = ${next} AND n.lanes = g.lanes
            AND n.view = g.view AND n.from_day <= g.from_day AND n.to_day IS NOT DISTINCT FROM g.to_day)
        RETURNING person`,
  )
  const ended = await rowsOf<{ person: Id }>(
    tx,
    sql`UPDATE role_grant SET to_day = greatest(from_day, ${addDays(day, -1)}::date)
        WHERE region = ${old} AND (to_day IS NULL OR to_day >= ${day}) RETURNING person`,
  )
  return [...new Set([...holders, ...ended].map((one) => one.person))]
}

/** Phones of the old village go on in the new one; two never share a letter there. */
async function moveDevices(tx: Tx, from: RegionCode, to: RegionCode): Promise<void> {
  const devices = await rowsOf<{ id: number; mark: string }>(
    tx,
    sql`SELECT id, mark FROM device WHERE village = ${from} AND state <> 'revoked' ORDER BY id`,
  )
  for (const one of devices) {
    const taken = await rowOf(
      tx,
      sql`SELECT 1 AS yes FROM device WHERE village = ${to} AND mark = ${one.mark}`,
    )
    const mark = one.mark === '' || !taken ? one.mark : await nextMark(tx, to)
    await tx.execute(sql`UPDATE device SET village = ${to}, mark = ${mark} WHERE id = ${one.id}`)
  }
}

/**
 * Writes down that a village has gone over into another, with the posts, phones, cards and invitations of the old one. From the commit
 * on every op that names the old code counts for the new one: pushes that had already looked are waited for. Doing it again is no harm.
 * @returns a refusal that changed nothing
 */
export const markRemapped = (
  context: AccountsContext,
  from: RegionCode,
  to: RegionCode,
): Promise<Result<true, RemapRefusal>> =>
  inAccounts(context, async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(7710, 1)`)
    const verdict = await judge(tx, from, to)
    if (!verdict.ok) return verdict
    await tx.execute(
      sql`UPDATE region SET merged_into = ${to}, valid_to = coalesce(valid_to, ${today(context)}) WHERE code = ${from}`,
    )
    const people = await moveGrants(tx, context, from, to)
    await moveDevices(tx, from, to)
    const [old, next] = [prefixOf(from), prefixOf(to)]
    await tx.execute(sql`UPDATE card SET region = ${next} WHERE region = ${old} AND state = 'open'`)
    await tx.execute(
      sql`UPDATE invitation SET region = ${next} WHERE region = ${old} AND state IN ('open', 'pending', 'confirmed')`,
    )
    for (const person of people) await raiseScope(tx, person)
    await tx.execute(sql`
      INSERT INTO audit (at, role, action, object_kind, object_id, region, outcome)
      VALUES (${new Date(context.now()).toISOString()}, 'operator', 'region.remap', 'region', ${from}, ${to}, 'ok')`)
    return verdict
  })
