import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXCHANGE_PATH } from '#sync/protocol/wire.ts'
import { ANSWERS } from '#tests/support/access/answers.ts'
import { allAsks } from '#tests/support/access/all-asks.ts'
import type { Ask } from '#tests/support/access/ask.ts'
import { newCanary, type Actor } from '#tests/support/access/cast.ts'
import { wanted } from '#tests/support/access/matrix.ts'
import { makeThing, type Thing } from '#tests/support/access/things.ts'
import { objectsIn, undeclaredIn, withField } from '#tests/support/access/undeclared.ts'
import { openAccessWorld, type AccessWorld } from '#tests/support/access/world.ts'
import { openTestDatabase } from '#tests/support/databases.ts'

describe('[embedded] What no schema names', () => {
  let world: AccessWorld
  let asks: Ask[]

  beforeAll(async () => {
    world = await openAccessWorld(await openTestDatabase('embedded'))
    asks = (await allAsks(world)).asks
  }, 120_000)
  afterAll(async () => {
    await world.close()
    await world.database.close()
  })

  const NOTHING = makeThing('')
  /** Somebody who may, and about what. */
  function granted(ask: Ask): { actor: Actor; thing: Thing } {
    for (const thing of ask.things ?? [null])
      for (const actor of world.actors)
        if (['yes', 'alike'].includes(wanted(ask, actor, thing))) return { actor, thing: thing ?? NOTHING }
    // This very machine alone may.
    return { actor: world.actors[0] as Actor, thing: NOTHING }
  }

  /** Every table in which a text stands somewhere. */
  async function tablesWith(text: string): Promise<string[]> {
    const tables = await world.own(sql`
      SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`)
    const found: string[] = []
    for (const { name } of tables as { name: string }[]) {
      const rows = await world.own(
        sql`SELECT 1 FROM ${sql.identifier(name)} t WHERE strpos(t::text, ${text}) > 0 LIMIT 1`,
      )
      if (rows.length > 0) found.push(name)
    }
    return found
  }

  it('[TR-24] a field that no schema names, in any object of any request, is not kept and not answered', async () => {
    const canary = newCanary()
    const wrong: string[] = []
    let sent = 0
    for (const ask of asks) {
      const { actor, thing } = granted(ask)
      const { payload } = ask.send(actor, thing)
      const body: unknown = typeof payload === 'string' ? JSON.parse(payload) : {}
      for (const at of objectsIn(body)) {
        await ask.ready?.(thing)
        const options = ask.send(actor, thing)
        const whole: unknown = typeof options.payload === 'string' ? JSON.parse(options.payload) : null
        const url = `${String(options.url)}${String(options.url).includes('?') ? '&' : '?'}zz=${canary}`
        const answer = await world.send(actor, {
          ...options,
          url,
          headers: { ...options.headers, 'x-zz': canary },
          ...(whole === null ? {} : { payload: JSON.stringify(withField(whole, at, 'zz', canary)) }),
        })
        sent++
        await ask.mend?.(thing, actor)
        const said = `${ask.operation} ${ask.part ?? ''} ${at.join('.')}: ${answer.statusCode}`
        if (answer.statusCode >= 500 || answer.body.includes(canary)) wrong.push(said)
        if (JSON.stringify(answer.headers).includes(canary)) wrong.push(`${said} in a header`)
      }
    }
    expect(wrong).toEqual([])
    expect(sent).toBeGreaterThan(60)
    // An op that was not accepted is kept whole for its author and the office, so that nothing typed is lost.
    expect((await tablesWith(canary)).filter((one) => one !== 'op_refused')).toEqual([])
    expect(world.log.join('')).not.toContain(canary)
  })

  it('[TR-24] no answer has a field that its schema does not name', async () => {
    const wrong: string[] = []
    let seen = 0
    for (const ask of asks) {
      const schema = ANSWERS[ask.operation]
      if (!schema) continue
      const { actor, thing } = granted(ask)
      await ask.ready?.(thing)
      const answer = await world.send(actor, ask.send(actor, thing))
      await ask.mend?.(thing, actor)
      expect(answer.statusCode, ask.operation).toBe(200)
      seen++
      wrong.push(...undeclaredIn(schema, answer.json()).map((one) => `${ask.operation} ${one}`))
    }
    expect(wrong).toEqual([])
    expect(seen).toBeGreaterThanOrEqual(Object.keys(ANSWERS).length)
  })

  it('[TR-24] what a newer phone says of a record besides is carried inside it, and no skeleton shows it', async () => {
    const canary = newCanary()
    const change = asks.find((one) => one.operation.endsWith(EXCHANGE_PATH) && one.part === 'change') as Ask
    const record = world.records.find((one) => one.name === 'of a colleague') as Thing
    await world.own(
      sql`UPDATE record SET body = body || jsonb_build_object('zz', ${canary}::text) WHERE id = ${record.id}`,
    )
    const options = change.send(world.by('mediator of the same village'), record)
    const taken = await world.send(world.by('mediator of the same village'), options)
    expect(taken.body).toContain('"ok"')
    const url = `/api/desk/record?kind=dispute&id=${record.id}`
    const seen = await world.send(world.by('coordinator of the town'), { url })
    expect(seen.json<{ row: { view: string } }>().row.view).toBe('skeleton')
    expect(seen.body).not.toContain(canary)
    expect(
      await world.own(sql`SELECT 1 FROM record WHERE id = ${record.id} AND body ->> 'zz' = ${canary}`),
    ).toHaveLength(1)
    expect(
      await world.own(
        sql`SELECT 1 FROM record WHERE id = ${record.id} AND strpos(skeleton::text, ${canary}) > 0`,
      ),
    ).toEqual([])
  })
})
