import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import type { Lane } from '#domain/access/lane.ts'
import type { Body } from '#domain/record/kind.ts'
import { countsOf, digestHashOf } from '#server/services/sync/effects.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, createOutreach, opOf } from '#tests/support/server-ops.ts'
import {
  COUNTY,
  grantsOf,
  OTHER_VILLAGE,
  ServerWorld,
  VILLAGE,
  type Phone,
} from '#tests/support/server-world.ts'

const ON = { on: '2026-11-21' }
const FAR_COUNTY = '999902'
const FAR_VILLAGE = '999902101001'

/** Random work: makes records and does any command to any of them, fitting or not. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom(
      'dispute',
      'outreach',
      'agree',
      'fail',
      'cancel',
      'close',
      'patch',
      'flag',
      'attend',
      'confirm',
      'replay',
      'move',
      'move-far',
    ),
    phone: fc.nat(1),
    at: fc.nat(30),
    n: fc.nat(500),
  }),
  { minLength: 20, maxLength: 60 },
)

onBothDatabases('Numbers', (open) => {
  let world: ServerWorld
  let phones: Phone[]

  beforeAll(async () => {
    world = await ServerWorld.open(await open())
    await world.database.as('accounts', {}, async (tx) => {
      for (const code of [VILLAGE, OTHER_VILLAGE, FAR_VILLAGE])
        await tx.execute(sql`INSERT INTO region (code, name, short) VALUES (${code}, '示例', '示例')`)
    })
    phones = [
      await world.phone([...grantsOf('mediator', VILLAGE), ...grantsOf('mediator', OTHER_VILLAGE)]),
      await world.phone(grantsOf('mediator', '999901101')),
    ]
  })

  async function recomputed() {
    return world.database.as(
      'owner',
      {},
      async (tx) => {
        const records = (
          await tx.execute<{ kind: string; id: string; region: string; lane: Lane; rv: number; body: Body }>(
            sql`SELECT kind, id, region, lane, rv, body FROM record WHERE county IN (${COUNTY}, ${FAR_COUNTY})`,
          )
        ).rows
        const kept = (
          await tx.execute<{ region: string; metric: string; day: string; n: number }>(
            sql`SELECT region, metric, day, n FROM rollup WHERE county IN (${COUNTY}, ${FAR_COUNTY}) AND n <> 0`,
          )
        ).rows
        const digests = (
          await tx.execute<{ region: string; lane: string; n: number; x: string }>(
            sql`SELECT region, lane, n, x::text AS x FROM region_digest WHERE county IN (${COUNTY}, ${FAR_COUNTY}) AND n <> 0`,
          )
        ).rows
        return { records, kept, digests }
      },
      { isolation: 'repeatable read' },
    )
  }

  const stored = (one: { kind: string; id: string; region: string; lane: Lane; rv: number; body: Body }) => ({
    state: { ...one, fv: {}, deleted: false },
    lane: one.lane,
    recorder: null,
    office: false,
  })

  async function audit() {
    const { records, kept, digests } = await recomputed()
    const sums = new Map<string, number>()
    const xors = new Map<string, { n: number; x: bigint }>()
    for (const one of records.map(stored)) {
      for (const each of countsOf(one)) {
        const key = `${each.region} ${each.metric} ${each.day}`
        sums.set(key, (sums.get(key) ?? 0) + each.n)
      }
      const hash = digestHashOf(one)
      const old = xors.get(`${one.state.region} ${one.lane}`) ?? { n: 0, x: 0n }
      if (hash !== null)
        xors.set(`${one.state.region} ${one.lane}`, { n: old.n + 1, x: old.x ^ BigInt(hash) })
    }
    const wanted = [...sums].filter(([, n]) => n !== 0).toSorted()
    expect(kept.map((one) => [`${one.region} ${one.metric} ${one.day}`, one.n]).toSorted()).toEqual(wanted)
    const digestsWanted = [...xors].map(([key, { n, x }]) => [key, n, String(x)]).toSorted()
    expect(digests.map((one) => [`${one.region} ${one.lane}`, one.n, one.x]).toSorted()).toEqual(
      digestsWanted,
    )
    const far = records.filter((one) => one.region === FAR_VILLAGE).length
    return { records: records.length, sums: wanted.length, far }
  }

  it(
    '[I-38] [I-37] numbers and digests equal recomputation after random work, replays and moves',
    { timeout: 120_000 },
    async () => {
      const first = phones[0] as Phone
      const sent = createDispute(first)
      const away = { ...ON, region: FAR_VILLAGE, note: '' }
      await world.push(first, [sent, opOf(first, { k: 'dispute.transfer', id: sent.e[1], a: away })])
      await fc.assert(
        fc.asyncProperty(steps, async (list) => {
          const ids: { kind: string; id: string; region: string }[] = []
          const batches: [ReturnType<typeof opOf>[], ReturnType<typeof opOf>[]] = [[], []]
          for (const step of list) {
            const phone = phones[step.phone] as Phone
            const target = ids[step.at % Math.max(1, ids.length)]
            const region = step.n % 2 === 0 ? VILLAGE : OTHER_VILLAGE
            const on = (k: string, a: Body) =>
              target &&
              opOf(phone, { k, kind: target.kind, id: target.id, region: target.region, base: 1, a })
            const op = {
              dispute: () =>
                createDispute(phone, {
                  region,
                  body: { type: `D0${1 + (step.n % 9)}`, acceptedOn: `2026-11-${10 + (step.n % 10)}` },
                }),
              outreach: () => createOutreach(phone, { region, body: { attendances: step.n } }),
              agree: () =>
                on('dispute.agree', { ...ON, form: 'oral', terms: '', performBy: null, amountYuan: null }),
              fail: () => on('dispute.fail', { ...ON, reason: '' }),
              cancel: () => on('dispute.cancel', { ...ON, note: '' }),
              close: () => on('dispute.close', { ...ON, note: '' }),
              patch: () => on('patch', { acceptedOn: `2026-10-${10 + (step.n % 10)}` }),
              flag: () => on('patch', { flags: step.n % 2 ? ['minor'] : [] }),
              attend: () => on('patch', { attendances: step.n, countedHow: 'estimated' }),
              confirm: () => on('dispute.confirm', { ...ON, status: 'valid' }),
              // Where a record went is the server's to know: the op may name the village it came from.
              move: () =>
                on('dispute.transfer', { ...ON, region: step.n % 2 ? VILLAGE : OTHER_VILLAGE, note: '' }),
              'move-far': () =>
                on('dispute.transfer', { ...ON, region: step.n % 2 ? FAR_VILLAGE : VILLAGE, note: '' }),
              replay: () => batches[step.phone as 0 | 1].at(-1),
            }[step.what]()
            if (!op) continue
            if (op.b === 0) ids.push({ kind: op.e[0], id: op.e[1], region })
            batches[step.phone as 0 | 1].push(op)
          }
          for (const [at, ops] of batches.entries())
            if (ops.length > 0) await world.push(phones[at] as Phone, ops)
          await audit()
        }),
        { numRuns: 25 },
      )
      const { records, sums, far } = await audit()
      expect(records).toBeGreaterThan(50)
      expect(sums).toBeGreaterThan(10)
      expect(far).toBeGreaterThan(0)
    },
  )
})
