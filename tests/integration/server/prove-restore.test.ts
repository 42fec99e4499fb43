import { afterAll, expect, it } from 'vitest'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import type { WholeNotebook } from '#phone/api.ts'
import { NoAnswer, type Net } from '#sync/engine/ports.ts'
import { EXCHANGE_PATH } from '#sync/protocol/wire.ts'
import { checkWhole } from '#server/backup/checks.ts'
import { restoreEmbedded } from '#server/backup/restore.ts'
import { writeBackup } from '#server/backup/write.ts'
import type { Database } from '#server/database/database.ts'
import { openEmbedded } from '#server/database/embedded.ts'
import { start, type Running } from '#server/start.ts'
import { configIn, enrol, type ProofPhone } from '#tools/prove/world.ts'
import { idOf } from '#phone/database/rows.ts'
import { expectSound } from '#tests/support/phone-check.ts'
import { outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, type Browser } from '#tests/support/phone-world.ts'
import { newFolder, recordsIn, removeFolders, restoreOrder } from '#tests/support/server-restored.ts'
import { VILLAGE } from '#tests/support/make-rights.ts'
import { grantsOf } from '#tests/support/server-world.ts'

/** `npm run prove -- --only restore` names more. */
const PUSHES = Number(process.env['PROVE_PUSHES'] ?? 60)
const PHONES = 4

afterAll(removeFolders)

/** The way of a real phone to a real server, which may be gone. */
const netTo = (url: () => string | null, phone: ProofPhone): Net => ({
  abort: () => undefined,
  async exchange(body) {
    const at = url()
    if (at === null) throw new NoAnswer()
    const answer = await fetch(`${at}${EXCHANGE_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: phone.cookie },
      body: body as Uint8Array<ArrayBuffer>,
    })
    const bytes = new Uint8Array(await answer.arrayBuffer())
    const chunks = (async function* () {
      yield bytes
    })()
    return {
      status: answer.status,
      retryAfter: null,
      contentType: answer.headers.get('content-type') ?? '',
      chunks,
    }
  },
})

interface Holder {
  browser: Browser
  book: WholeNotebook
  made: string[]
}

/** Saves one thing and hands it in. */
async function pushOne(one: Holder, turn: number): Promise<void> {
  const last = one.made.at(-1)
  const id = one.book.newId()
  const edit =
    turn % 3 === 2 && last
      ? { ...patchEdit(last, { attendances: turn }), kind: 'outreach' as const }
      : outreachEdit(id)
  if (turn % 3 !== 2 || !last) one.made.push(id)
  expect(await one.book.save([edit])).toMatchObject({ ok: true })
  await one.book.tryNow()
}

const receiptsIn = async (database: Database): Promise<number> => {
  const { rows } = await database.as('owner', {}, (tx) =>
    tx.execute<{ n: number }>(sql`SELECT count(*) AS n FROM op_receipt WHERE outcome IN ('ok', 'merged')`),
  )
  return rows[0]?.n ?? 0
}

const wrongIn = (database: Database) =>
  database.as('owner', {}, async (tx) => (await checkWhole(tx)).filter((one) => !one.ok))

it(
  '[I-34] [TR-40] real phones bring back what a restored older backup lacks, without anybody doing anything: nothing lost, none twice',
  { timeout: 1_200_000 },
  async () => {
    const folder = newFolder()
    const empty = await openEmbedded(folder)
    const phones = await enrol(
      empty,
      Array.from({ length: PHONES }, () => VILLAGE),
    )
    await empty.close()
    let running: Running | null = await start(configIn(folder))
    const url = () => running?.url ?? null
    const holders: Holder[] = []
    for (const phone of phones) {
      const me = makeMe({ person: phone.person, grants: grantsOf('mediator', VILLAGE) })
      const browser = await makeBrowser(new TinyServer(() => 0), {
        me,
        device: phone.device,
        ports: { net: netTo(url, phone) },
      })
      holders.push({ browser, book: await browser.open(), made: [] })
    }
    const push = async (from: number, to: number) => {
      for (let turn = from; turn < to; turn++) await pushOne(holders[turn % PHONES] as Holder, turn)
    }
    await push(0, PUSHES / 2)
    const backup = join(newFolder(), 'backup')
    await writeBackup({ database: running.database, app: '0.1.0', attachments: null }, backup)
    await push(PUSHES / 2, PUSHES)
    for (const { book } of holders) await book.tryNow()
    const [before, receipts] = [await recordsIn(running.database), await receiptsIn(running.database)]
    expect(receipts).toBe(PUSHES)
    for (const { browser } of holders) expect((await expectSound(browser)).out).toEqual([])
    await running.close()
    running = null

    const began = performance.now()
    const restored = await restoreEmbedded(folder, restoreOrder(backup, { replace: true }))
    running = await start(configIn(folder))
    const short = before.length - (await recordsIn(running.database)).length
    expect(short).toBeGreaterThan(0)
    // Nobody does anything: each phone only comes again, as it does by itself.
    const back = performance.now()
    for (let round = 0; round < 3; round++) for (const { book } of holders) await book.tryNow()
    const converged = performance.now() - back
    const after = await recordsIn(running.database)
    const bare = (list: typeof after) =>
      list.map(({ id, kind, region, body }) => ({
        id,
        kind,
        region,
        body: { ...body, receivedAt: 0, enteredAt: 0 },
      }))
    expect(bare(after)).toEqual(bare(before))
    expect(await receiptsIn(running.database)).toBe(PUSHES)
    expect(await wrongIn(running.database)).toEqual([])
    const versions = new Map(after.map((one) => [one.id, one.rv]))
    for (const { browser } of holders) {
      const held = await expectSound(browser)
      expect([held.out, held.dead]).toEqual([[], []])
      // Every phone of the village holds what the server holds, in the new history's versions.
      expect(held.recs.map(({ row }) => [idOf(row.id), row.rv] as const).toSorted()).toEqual(
        [...versions].toSorted(),
      )
      await browser.closeAll()
    }
    await running.close()
    const figures = {
      pushes: PUSHES,
      phones: PHONES,
      records: after.length,
      missingAfterRestore: short,
      lost: 0,
      doubled: 0,
      restoreMs: Math.round(restored.seconds * 1000),
      convergedMs: Math.round(converged),
      downMs: Math.round(performance.now() - began),
    }
    console.log(`PROOF ${JSON.stringify(figures)}`)
  },
)
