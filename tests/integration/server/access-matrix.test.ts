import { afterAll, describe, expect, it } from 'vitest'
import { allAsks, operationsIn, type Described } from '#tests/support/access/all-asks.ts'
import type { Ask } from '#tests/support/access/ask.ts'
import { cellsOf, operationOf, type Cell, type Matrix } from '#tests/support/access/matrix.ts'
import { canariesOf } from '#tests/support/access/may-meet.ts'
import { isPublic, ruleFor, RULES } from '#tests/support/access/rules.ts'
import { openAccessWorld, type AccessWorld } from '#tests/support/access/world.ts'
import { openTestDatabase } from '#tests/support/databases.ts'

interface Asked {
  world: AccessWorld
  asks: Ask[]
  described: Described
  cells: Cell[]
}

/** Everybody asks about everything, once. */
async function askAll(): Promise<Asked> {
  const world = await openAccessWorld(await openTestDatabase('embedded'))
  const { asks, described, office } = await allAsks(world)
  const matrix: Matrix = { world, ...canariesOf(world, office) }
  const cells: Cell[] = []
  for (const ask of asks) cells.push(...(await cellsOf(matrix, ask)))
  return { world, asks, described, cells }
}

const said = (one: Cell): string => `${one.operation} | ${one.actor} | ${one.thing}`

describe('[embedded] Who may do what, about what', { timeout: 480_000 }, () => {
  let asking: Promise<Asked> | undefined
  // In the first test, so that a server that does not start fails the test and not only its preparation.
  const asked = () => (asking ??= askAll())
  afterAll(async () => {
    const made = await asking?.catch(() => null)
    await made?.world.close()
    await made?.world.database.close()
  })

  it('[TR-21] every operation of the description says who may ask, has a rule, and is asked', async () => {
    const { asks, described } = await asked()
    const operations = operationsIn(described)
    for (const [path, methods] of Object.entries(described.paths))
      for (const [method, one] of Object.entries(methods))
        expect(one['x-mb-access']?.actors?.length, `${method} ${path}`).toBeGreaterThan(0)
    expect(operations.filter((one) => !asks.some((ask) => ask.operation === one))).toEqual([])
    expect(asks.filter((ask) => !operations.includes(ask.operation))).toEqual([])
  })

  it('[TR-21] what is open to all is named, and described as open', async () => {
    const { asks, described } = await asked()
    const isOpen = (one: string) =>
      asks.some((ask) => ask.operation === one && ruleFor(operationOf(ask)).who === 'anyone')
    const open = operationsIn(described).filter(isOpen)
    expect(open.filter((one) => !isPublic(one))).toEqual([])
    const declared = operationsIn(described).filter((one) => {
      const [method = '', path = ''] = one.split(' ')
      return described.paths[path]?.[method.toLowerCase()]?.['x-mb-access']?.actors?.some((who) =>
        ['anyone', 'drop-box'].includes(who),
      )
    })
    expect(declared.toSorted()).toEqual(open.toSorted())
    expect(RULES.length).toBeLessThan(45)
  })

  it('[TR-21] every cell is answered as the rules say, and what is not theirs as if it were not there', async () => {
    const { asks, cells, world } = await asked()
    const wrong = cells.filter((one) => one.got !== one.want)
    expect(wrong.map((one) => `${said(one)} | ${one.want} | ${one.got}`)).toEqual([])
    console.log(
      `access matrix: ${cells.length} cells, ${asks.length} ways to ask, ${world.actors.length} who ask`,
    )
    expect(cells.length).toBeGreaterThan(6000)
  })

  it('[TR-21] no answer, header, error or log line holds what its reader may not see, and who may not changes nothing', async () => {
    const { cells, asks, world } = await asked()
    const leaking = cells.filter((one) => one.leaks.length > 0)
    const wrong = cells.filter((one) => one.got !== one.want).length
    const told = {
      cells: cells.length,
      ways: asks.length,
      actors: world.actors.length,
      wrong,
      leaks: leaking.length,
    }
    console.log(`PROOF ${JSON.stringify(told)}`)
    expect(leaking.map((one) => `${said(one)} | ${one.leaks.join(', ')}`)).toEqual([])
  })

  it('[TR-21] nearly every thing that is asked about is there, and somebody gets it', async () => {
    const { cells } = await asked()
    const about = cells.filter((one) => one.thing !== '' && one.exists)
    const name = (one: Cell) => `${one.operation}: ${one.thing}`
    const given = new Set(about.filter((one) => one.got === 'yes').map(name))
    const proven = about.filter((one) => given.has(name(one)))
    const never = new Set(about.map(name).filter((one) => !given.has(one)))
    console.log(
      `access matrix: ${proven.length} of ${about.length} cells about a thing that is there ask for one that somebody gets; nobody gets: ${[...never].join('; ')}`,
    )
    expect(proven.length / about.length).toBeGreaterThanOrEqual(0.95)
  })
})
