import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import { VILLAGE } from '#tests/support/make-rights.ts'
import type { Op } from '#sync/protocol/op.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { contents, expectSound, heldBy } from '#tests/support/phone-check.ts'
import { agreeEdit, disputeEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, type Browser, type Sky } from '#tests/support/phone-world.ts'

const IDS = [1, 2, 3].map((one) => `01912345-0000-7000-8000-00000000000${one}`) as [string, string, string]

/** What may happen in a day of two phones of one village. */
const happening = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('save' as const),
      phone: fc.nat(1),
      id: fc.nat(2),
      what: fc.nat(2),
      word: fc.nat(5),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('exchange' as const),
      phone: fc.nat(1),
      sky: fc.oneof(fc.constant(null), fc.constantFrom('down' as const, 'lost' as const), fc.nat(3000)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('restart' as const), phone: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('refuse' as const), on: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('decide' as const),
      phone: fc.nat(1),
      how: fc.constantFrom('discard' as const, 'resend' as const, 'ask' as const),
      word: fc.nat(5),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('desk' as const), id: fc.nat(2), word: fc.nat(5) }) },
)
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

interface Phone {
  browser: Browser
  book: WholeNotebook
}

interface World {
  server: TinyServer
  phones: Phone[]
  /** Values that were reported as saved, by phone. */
  typed: string[]
  /** Of these, the ones their author gave up or typed over. */
  given: Set<string>
  deskOps: number
}

async function begin(): Promise<World> {
  const server = new TinyServer(() => START_AT)
  const phones = []
  for (const device of [1, 2]) {
    const browser = await makeBrowser(server, { device })
    browser.sky.now = 'down'
    phones.push({ browser, book: await browser.open() })
  }
  return { server, phones, typed: [], given: new Set(), deskOps: 0 }
}

async function save(world: World, one: Extract<Happening, { does: 'save' }>): Promise<void> {
  const { book } = world.phones[one.phone] as Phone
  const id = IDS[one.id] as string
  const word = `甲${one.phone}-${one.word}-${world.typed.length}`
  const edit = [disputeEdit(id, { facts: word }), patchEdit(id, { facts: word }), agreeEdit(id)][
    one.what
  ] as ReturnType<typeof agreeEdit>
  const saved = await book.save([edit])
  if (saved.ok && one.what < 2) world.typed.push(word)
}

async function exchange(phone: Phone, sky: Sky['now']): Promise<void> {
  phone.browser.sky.now = sky
  await phone.book.tryNow()
  phone.browser.sky.now = 'down'
}

/** Every value somebody typed, as they stand in ops. */
const wordsIn = (ops: readonly { op: Op }[]): string[] =>
  JSON.stringify(ops.map((one) => one.op.a)).match(/甲\d-\d-\d+/g) ?? []

/** The author decides about the first op that was refused: what leaves the phone by that was given up, and nothing else. */
async function decide(world: World, one: Extract<Happening, { does: 'decide' }>): Promise<void> {
  const { browser, book } = world.phones[one.phone] as Phone
  const before = await heldBy(browser)
  const [first] = before.dead
  if (!first) return
  const { n } = first.row
  if (one.how === 'ask') await book.care.askSupervisor(n, '请看看')
  else if (one.how === 'discard') await book.care.discard(n, '不要了')
  else {
    const word = `甲${one.phone}-${one.word}-${world.typed.length}`
    const id = first.op.e[1]
    const edit = first.op.k === 'create' ? disputeEdit(id, { facts: word }) : patchEdit(id, { facts: word })
    if ((await book.care.resend(n, [edit])).ok) world.typed.push(word)
  }
  const after = await heldBy(browser)
  const left = new Set(wordsIn([...after.out, ...after.dead]))
  for (const word of wordsIn([...before.out, ...before.dead])) if (!left.has(word)) world.given.add(word)
}

async function happen(world: World, one: Happening): Promise<void> {
  if (one.does === 'save') await save(world, one)
  else if (one.does === 'exchange') await exchange(world.phones[one.phone] as Phone, one.sky)
  else if (one.does === 'refuse')
    world.server.rules.decide = one.on
      ? (op) => (op.n % 3 === 0 ? [op.n, 'rejected', 0, 0, { code: 'closed' }] : null)
      : undefined
  else if (one.does === 'decide') await decide(world, one)
  else if (one.does === 'desk') {
    const id = IDS[one.id] as string
    if (world.server.records.has(`dispute/${id}`))
      await world.server.other(
        makeOp({
          n: ++world.deskOps,
          k: 'patch',
          b: 0,
          a: { place: `镇${one.word}` },
          e: ['dispute', id],
          r: VILLAGE,
        }),
      )
  } else {
    const phone = world.phones[one.phone] as Phone
    await phone.book.close()
    phone.book = await phone.browser.open()
  }
}

/** Everything anybody was told is saved must be somewhere: in a record, its timeline's losses, or kept as refused. */
async function expectNothingLost(world: World): Promise<void> {
  const helds = []
  for (const phone of world.phones) {
    await exchange(phone, null)
    helds.push(await expectSound(phone.browser))
  }
  // The first phone again, for what the second has brought.
  const [first, second] = world.phones as [Phone, Phone]
  await exchange(first, null)
  await exchange(second, null)
  const [a, b] = [await expectSound(first.browser), await expectSound(second.browser)]
  // Only what hangs on a refused op still waits, for its author's decision; once that is made, nothing does.
  expect([...a.out, ...b.out].filter((one) => one.row.state !== 'blocked')).toEqual([])
  const free = (held: typeof a) =>
    Object.entries(contents(held)).filter(
      ([key]) => ![...a.dead, ...b.dead].some((one) => one.row.key === key),
    )
  expect(free(a), 'both phones').toEqual(free(b))
  for (const [key, record] of free(a))
    expect((record as { body: unknown }).body, key).toEqual(world.server.records.get(key)?.state.body)
  const taken = JSON.stringify(world.server.applied.map((one) => one.op.a))
  const refused = JSON.stringify([...a.dead, ...b.dead, ...a.out, ...b.out].map((one) => one.op.a))
  for (const word of world.typed.filter((each) => !world.given.has(each)))
    expect(taken + refused, word).toContain(`"${word}"`)
  const numbers = world.server.applied
    .filter((one) => one.device < 900)
    .map((one) => `${one.device}/${one.op.n}`)
  expect(new Set(numbers).size, 'each op once').toBe(numbers.length)
  for (const [phone, held] of [
    [first, a],
    [second, b],
  ] as const) {
    for (const one of held.dead) expect((await phone.book.discard(one.row.n)).ok).toBe(true)
    // What was said of them goes like any work.
    world.server.rules.decide = undefined
    await exchange(phone, null)
    const decided = await expectSound(phone.browser)
    expect([decided.dead.length, decided.out.length], 'decided').toEqual([0, 0])
  }
}

describe('two phones, a desk and bad weather', () => {
  it('[I-3] [I-6] [I-11] [I-15] [I-27] end with everything that was saved, once, and the same records', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 5, maxLength: 30 }), async (day) => {
        const world = await begin()
        try {
          for (const one of day) {
            await happen(world, one)
            for (const phone of world.phones) await expectSound(phone.browser)
          }
          await expectNothingLost(world)
        } finally {
          for (const phone of world.phones) await phone.browser.closeAll()
        }
      }),
      {
        numRuns: Number(process.env['WORLDS'] ?? 15),
        verbose: 1,
        ...(process.env['SEED'] ? { seed: Number(process.env['SEED']) } : {}),
      },
    )
  }, 600_000)
})
