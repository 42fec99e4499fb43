import { atMost, percentile, watched } from './figures.ts'
import { call, type PhoneBench } from './phone-bench.ts'
import type { Tab } from './tabs.ts'
import type { Measurement } from './workload.ts'

const LOOKS = 40

/** W9: nothing new. */
export async function nothingNew(bench: PhoneBench, phone: Tab): Promise<Measurement[]> {
  bench.say('looking when nothing is new')
  const statements = async () => {
    // Counters of other sessions are told about a second late.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const { rows } = await bench.sql.query<{ n: number }>(
      `SELECT (xact_commit + xact_rollback)::int AS n FROM pg_stat_database WHERE datname = current_database()`,
    )
    return rows[0]?.n ?? 0
  }
  await call(phone, 'bench.look(phone)')
  const looked = await phone.counting(() => call<number>(phone, 'bench.look(phone)'))
  // What the server does by itself in so long, and then the same with somebody looking all the time.
  const idle = [await statements(), await statements()]
  const own = (idle[1] ?? 0) - (idle[0] ?? 0)
  const before = await statements()
  const took: number[] = []
  for (let i = 0; i < LOOKS; i++) took.push(await call<number>(phone, 'bench.look(phone)'))
  const asked = (await statements()) - before - own
  const bodies = looked.traffic.upBytes + looked.traffic.downBytes
  return [
    atMost('W9', 'nothing new: requests', looked.traffic.requests, 'requests', 1),
    atMost('W9', 'nothing new: bytes of both bodies', bodies, 'B', 500),
    watched('W9', 'nothing new: bytes with all headers', looked.traffic.wholeBytes, 'B'),
    // Positions are kept in memory and asked of the database again every two seconds, whoever looks how often.
    atMost(
      'W9',
      'nothing new: database transactions for one look',
      Math.round(Math.max(0, asked) / LOOKS),
      'statements',
      0,
    ),
    watched('W9', `nothing new: the same for ${LOOKS} looks`, Math.max(0, asked), 'statements'),
    atMost('W9', 'nothing new, 95 of 100', percentile(took, 0.95), 'ms', 30),
  ]
}
