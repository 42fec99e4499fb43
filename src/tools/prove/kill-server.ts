import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { openEmbedded } from '#server/database/embedded.ts'
import type { Op } from '#sync/protocol/op.ts'
import { median } from '../bench/median.ts'
import type { Proven } from './proof.ts'
import { portForServer, spawnServer, untilReady, type ServerProcess } from './server-process.ts'
import { correct, enrol, exchange, isTaken, logOutreach, type ProofPhone } from './world.ts'

const VILLAGE = '999901101001'

/** What a phone keeps: its ops in order, and which were acknowledged. */
interface Held {
  phone: ProofPhone
  waiting: Op[]
  acked: Op[]
  /** Records it made, by id. */
  made: string[]
}

function more(held: Held, turn: number): void {
  const { phone, made } = held
  const fresh = logOutreach(phone, turn % 300)
  const last = made.at(-1)
  held.waiting.push(fresh, ...(last ? [correct(phone, last, turn % 500)] : []))
  made.push(fresh.e[1])
}

/** Hands in for as long as it may; what is not answered stays and is offered again, as a phone does. */
async function push(held: Held, url: () => string, isOver: () => boolean): Promise<void> {
  for (let turn = 0; !isOver(); turn++) {
    if (held.waiting.length < 20) more(held, turn)
    const ops = held.waiting.slice(0, 20)
    const done = await exchange(url(), held.phone, { push: ops }).catch(() => null)
    if (!done?.whole) {
      await new Promise((next) => setTimeout(next, 30))
      continue
    }
    const taken = new Set(done.acks.filter(isTaken).map(([n]) => n))
    held.acked.push(...held.waiting.filter((one) => taken.has(one.n)))
    held.waiting = held.waiting.filter((one) => !taken.has(one.n))
  }
}

/** Kills the server at a moment nobody chose, and starts it again on the same folder. @returns milliseconds until it was ready */
async function killAndStart(
  server: ServerProcess,
  folder: string,
  port: number,
): Promise<{ server: ServerProcess; readyMs: number }> {
  await new Promise((next) => setTimeout(next, 300 + Math.random() * 1700))
  server.child.kill('SIGKILL')
  await server.gone
  const again = spawnServer({ folder, port })
  return { server: again, readyMs: await untilReady(again) }
}

async function count(folder: string, all: readonly Held[]) {
  const database = await openEmbedded(folder)
  try {
    return await database.as('owner', {}, async (tx) => {
      const receipts = await tx.execute<{ device: number; n: number }>(
        sql`SELECT device, n FROM op_receipt WHERE outcome IN ('ok', 'merged')`,
      )
      const records = await tx.execute<{ id: string; times: number }>(
        sql`SELECT id, count(*) AS times FROM record GROUP BY id`,
      )
      const has = new Set(receipts.rows.map((one) => `${one.device}/${one.n}`))
      const there = new Map(records.rows.map((one) => [one.id, one.times]))
      const acked = all.flatMap(({ phone, acked: ops }) =>
        ops.map((one) => ({ key: `${phone.device}/${one.n}`, id: one.e[1] })),
      )
      return {
        acked: acked.length,
        lost: acked.filter((one) => !has.has(one.key) || !there.has(one.id)).length,
        doubled: [...there.values()].filter((times) => times > 1).length,
      }
    })
  } finally {
    await database.close()
  }
}

/** The real server is killed again and again while phones hand in; what it acknowledged is there, once, and it serves again soon. */
export async function killServer(options: {
  kills: number
  phones: number
  readyWithinMs: number
}): Promise<Proven> {
  const folder = mkdtempSync(join(tmpdir(), 'mb-prove-'))
  const port = await portForServer()
  let server: ServerProcess | null = null
  try {
    const database = await openEmbedded(folder)
    const phones = await enrol(
      database,
      Array.from({ length: options.phones }, () => VILLAGE),
    )
    await database.close()
    server = spawnServer({ folder, port })
    await untilReady(server)
    const all = phones.map((phone): Held => ({ phone, waiting: [], acked: [], made: [] }))
    let over = false
    const pushing = all.map((held) =>
      push(
        held,
        () => `http://127.0.0.1:${port}`,
        () => over,
      ),
    )
    const ready: number[] = []
    for (let i = 0; i < options.kills; i++) {
      const next = await killAndStart(server, folder, port)
      server = next.server
      ready.push(next.readyMs)
    }
    over = true
    await Promise.all(pushing)
    server.child.kill('SIGTERM')
    await server.gone
    const found = await count(folder, all)
    const slowest = Math.max(...ready)
    return {
      pass: found.lost === 0 && found.doubled === 0 && found.acked > 0 && slowest < options.readyWithinMs,
      figures: {
        kills: options.kills,
        phones: options.phones,
        ...found,
        medianReadyMs: Math.round(median(ready)),
        slowestReadyMs: Math.round(slowest),
      },
    }
  } finally {
    server?.child.kill('SIGKILL')
    await server?.gone
    rmSync(folder, { recursive: true, force: true })
  }
}
