import type { FastifyInstance } from 'fastify'
import type { Id } from '#domain/id.ts'
import type { Dropper } from '../../accounts/dropper.ts'
import { devicesWithBoxes, keptBoxes } from '../../repositories/sync/dropbox.ts'
import { opened, pushAll, setAside, type TakeDeps } from './take-ops.ts'

/** Kept boxes of one transaction. */
const LOT = 100

/** What came of opening kept boxes again: how many still cannot be, and how many are work now. */
export interface Reopened {
  kept: number
  taken: number
}

/** One device's kept boxes, in the order of their numbers: what hangs on another comes after it. */
async function reopenOf(deps: TakeDeps, who: Dropper): Promise<Reopened> {
  const done: Reopened = { kept: 0, taken: 0 }
  for (let after = 0; ;) {
    const boxes = await deps.database.as('sync', { device: String(who.device) }, (tx) =>
      keptBoxes(tx, who.device, after, LOT),
    )
    const last = boxes.at(-1)
    if (!last) return done
    after = last.n
    const some = boxes
      .map(({ n, item, sealed, as }) =>
        opened(deps.keys, { n, i: item as Id, box: sealed.toString('base64url'), ...(as ? { as } : {}) }),
      )
      .filter((one) => typeof one === 'object')
    const { numbers } = await pushAll(deps, who, null, some, 'reopened')
    await setAside(deps, who.device, [], numbers)
    done.taken += numbers.length
    done.kept += boxes.length - numbers.length
  }
}

/** Who such a device is now; null: there is none, and its boxes stay. */
export type DropperOf = (device: number) => Promise<Dropper | null>

/**
 * Opens again what was kept because its key was not here: once that is known, the phone need not come back for it. As all that is handed in,
 * it takes effect once, whoever else opens it at the same time. For the start of a server, because keys change with nothing else.
 */
export async function reopenBoxes(deps: TakeDeps, dropperOf: DropperOf): Promise<Reopened> {
  const all: Reopened = { kept: 0, taken: 0 }
  for (const device of await deps.database.as('jobs', {}, devicesWithBoxes)) {
    const who = await dropperOf(device)
    const { kept, taken } = who ? await reopenOf(deps, who) : { kept: 0, taken: 0 }
    all.kept += kept
    all.taken += taken
  }
  return all
}

/** Opens kept boxes again once this server listens, beside everything else; stopped in between, the next start goes on. */
export function reopenAtStart(app: FastifyInstance, deps: TakeDeps, dropperOf: DropperOf): void {
  let running: Promise<unknown> | null = null
  const run = async () => {
    const { taken, kept } = await reopenBoxes(deps, dropperOf)
    if (taken + kept > 0) app.log.info({ event: 'boxes', taken, kept }, 'sealed boxes were opened again')
  }
  app.addHook('onListen', async () => {
    running = run().catch((error: unknown) =>
      app.log.error({ event: 'boxes', error: (error as Error).name }, 'sealed boxes were not opened again'),
    )
  })
  app.addHook('onClose', async () => void (await running))
}
