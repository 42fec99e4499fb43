import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { OfficeOrderSchema, type OfficeOrder } from '../privacy/office-order.ts'
import type { LogHead } from '../services/audit/chain.ts'

/**
 * Orders to a running server through its own data folder: the embedded database has one holder, so a command asks the holder. Whoever may
 * write into that folder may give orders, and nobody else; nothing of it is reachable from the network.
 */
const FOLDER = 'orders'
const LOOK_MS = 500
/** Who gave an order that nobody took for so long has given up, or is no more; what they said is not kept. */
const STALE_MS = 60_000

export type Order =
  | { do: 'backup'; folder: string }
  | { do: 'ring'; epoch: string; moment: string }
  | { do: 'log-head' }
  | { do: 'log-verify'; noted: LogHead | null }
  | { do: 'renew' }
  | { do: 'office'; order: OfficeOrder }

export type OrderAnswer = { ok: true; value: unknown } | { ok: false; reason: string; sentence: string }

const isNoted = (value: unknown): boolean => {
  const one = value as Record<string, unknown> | null
  return one === null || (typeof one?.['seq'] === 'number' && typeof one['hash'] === 'string')
}

const isOrder = (value: unknown): value is Order => {
  const one = value as Record<string, unknown> | null
  const text = (key: string) => typeof one?.[key] === 'string'
  return (
    (one?.['do'] === 'backup' && text('folder')) ||
    (one?.['do'] === 'ring' && text('epoch') && text('moment')) ||
    one?.['do'] === 'log-head' ||
    one?.['do'] === 'renew' ||
    (one?.['do'] === 'office' && v.is(OfficeOrderSchema, one['order'])) ||
    (one?.['do'] === 'log-verify' && isNoted(one['noted']))
  )
}

/** Written aside and renamed, so that nobody reads half of it. */
async function put(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(value), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

async function takeOne(
  folder: string,
  name: string,
  carryOut: (order: Order) => Promise<OrderAnswer>,
): Promise<void> {
  const taken = join(folder, `${name}.taken`)
  await rename(join(folder, name), taken)
  const value: unknown = await readFile(taken, 'utf8').then(
    (text) => JSON.parse(text) as unknown,
    () => null,
  )
  const answer: OrderAnswer = isOrder(value)
    ? await carryOut(value)
    : {
        ok: false,
        reason: 'bad-order',
        sentence: 'the server does not know this order; is it of another version?',
      }
  await put(join(folder, name.replace(/\.order$/, '.answer')), answer)
  await rm(taken, { force: true })
}

/** Takes away what a server or a command that died has left: orders and answers may name people. */
async function clear(folder: string): Promise<void> {
  if (!existsSync(folder)) return
  for (const name of await readdir(folder)) {
    const file = join(folder, name)
    const at = await stat(file).then(
      (one) => one.mtimeMs,
      () => Date.now(),
    )
    if (Date.now() - at > STALE_MS) await rm(file, { force: true })
  }
}

/**
 * Carries out orders that come into a data folder, one after the other.
 * @returns stops looking and waits for the one under way
 */
export function takeOrders(
  dataFolder: string,
  carryOut: (order: Order) => Promise<OrderAnswer>,
): () => Promise<void> {
  const folder = join(dataFolder, FOLDER)
  let running: Promise<void> | null = clear(folder)
    .catch(() => {})
    .finally(() => {
      running = null
    })
  const look = async () => {
    if (!existsSync(folder)) return
    for (const name of await readdir(folder))
      if (name.endsWith('.order')) await takeOne(folder, name, carryOut)
  }
  const timer = setInterval(() => {
    // A folder that cannot be read right now is looked at again.
    running ??= look()
      .catch(() => {})
      .finally(() => {
        running = null
      })
  }, LOOK_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/**
 * Gives an order to the server that holds a data folder and waits for its answer.
 * @param isThere whether that server still lives
 * @param patienceMs how long it may take to take the order up; carrying it out may take as long as it takes
 * @returns null: nobody took it
 */
export async function giveOrder(
  dataFolder: string,
  order: Order,
  isThere: () => boolean,
  patienceMs: number,
): Promise<OrderAnswer | null> {
  const folder = join(dataFolder, FOLDER)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const id = randomBytes(8).toString('hex')
  const [asked, answered] = [join(folder, `${id}.order`), join(folder, `${id}.answer`)]
  await put(asked, order)
  const until = Date.now() + patienceMs
  for (;;) {
    const text = await readFile(answered, 'utf8').catch(() => null)
    if (text !== null) {
      await rm(answered, { force: true })
      return JSON.parse(text) as OrderAnswer
    }
    if (!isThere() || (existsSync(asked) && Date.now() > until)) {
      await rm(asked, { force: true })
      return null
    }
    await wait(100)
  }
}
