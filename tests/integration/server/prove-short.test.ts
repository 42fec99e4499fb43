import { expect, it } from 'vitest'
import { diskFull } from '#tools/prove/disk-full.ts'
import { killServer } from '#tools/prove/kill-server.ts'
import { power } from '#tools/prove/power.ts'
import type { Proven } from '#tools/prove/proof.ts'
import { torture } from '#tools/prove/torture.ts'

// Short cuts of `npm run prove`: the same proofs, a little of each.
const UP_TO = 300_000

/** Says the figures, whatever they are. */
const said = (proven: Proven): Proven => {
  console.log(JSON.stringify(proven.figures))
  return proven
}

it(
  '[I-12] [I-13] several servers, many writers: nothing committed is missed by the ledger, some is by a sequence (postgresql)',
  { timeout: UP_TO },
  async () => expect(said(await torture({ writers: 16, ms: 3000 }))).toMatchObject({ pass: true }),
)

it(
  '[TR-37] [TR-38] a power cut takes nothing that was acknowledged; as the embedded database comes it would (embedded)',
  { timeout: UP_TO },
  async () =>
    expect(said(await power({ cuts: 2, rounds: 13, plainCuts: 40 }))).toMatchObject({
      pass: true,
    }),
)

it(
  '[TR-38] a server killed while phones hand in has what it acknowledged, once (embedded)',
  { timeout: UP_TO },
  async () =>
    expect(said(await killServer({ kills: 2, phones: 3, readyWithinMs: 60_000 }))).toMatchObject({
      pass: true,
    }),
)

it(
  '[TR-42] on a full disk nothing is promised, fetching goes on, and work is taken in again when there is room (embedded)',
  { timeout: UP_TO },
  async () => expect(said(await diskFull({ times: 3 }))).toMatchObject({ pass: true }),
)
