import type { Job } from './job.ts'
import type { Pledge } from './proof.ts'
import type { DeviceFacts, History, PushTables, ToldOp } from '../../repositories/sync/tables.ts'

/** The database was put back to an earlier state behind our back: it lacks what it once promised. */
export class HistoryLost extends Error {
  readonly pledge: Pledge
  constructor(pledge: Pledge) {
    super('the database has less than was promised')
    this.pledge = pledge
  }
}

const isSameOp = (a: ToldOp, b: ToldOp): boolean =>
  a.county === b.county && a.device === b.device && a.n === b.n && a.hash === b.hash

/**
 * Whether a promise cannot have been given by the database as it is: a history of the same or a later generation under another name
 * was lost whole, its own lacks a ledger's end or a decision, or has another one in its place.
 */
function isLost(pledge: Pledge, history: History, ackedBy: (device: number) => number): boolean {
  if (pledge.epoch !== history.epoch) return pledge.gen >= history.gen
  const { heads, acked, told } = pledge
  return (
    [...heads].some(([county, head]) => head > (history.heads.get(county) ?? 0)) ||
    (acked !== null && acked.n > ackedBy(acked.device)) ||
    told.some((one) => !history.decided.some((other) => isSameOp(one, other)))
  )
}

/**
 * The history, held against what the phones say was promised to them, before anything is decided (I-33, I-34).
 * @param facts of the devices that are locked
 * @throws HistoryLost with the first promise that was not kept
 */
export async function historyWith(
  tables: PushTables,
  jobs: readonly Job[],
  facts: ReadonlyMap<number, DeviceFacts>,
): Promise<History> {
  const pledges = jobs.flatMap((one) => (one.pledge ? [one.pledge] : []))
  const history = await tables.history(
    [...new Set(pledges.flatMap((one) => [...one.heads.keys()]))],
    pledges.flatMap((one) => one.told),
  )
  // Only a phone that was given another number since shows a promise about a device that is not its own.
  const others = pledges.flatMap(({ acked }) => (acked && !facts.has(acked.device) ? [acked.device] : []))
  const all =
    others.length > 0 ? new Map([...facts, ...(await tables.devicesOf([...new Set(others)]))]) : facts
  const lost = pledges.find((one) => isLost(one, history, (device) => all.get(device)?.ackedN ?? 0))
  if (lost) throw new HistoryLost(lost)
  return history
}
