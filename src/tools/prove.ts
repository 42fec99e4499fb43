import { parseArgs } from 'node:util'
import { inATest } from './prove/in-a-test.ts'
import { keepResult } from './prove/keep-result.ts'
import { diskFull } from './prove/disk-full.ts'
import { fuzz } from './prove/fuzz.ts'
import { headers } from './prove/headers.ts'
import { killBrowser } from './prove/kill-browser.ts'
import { killServer } from './prove/kill-server.ts'
import { power } from './prove/power.ts'
import type { Proof } from './prove/proof.ts'
import { restore } from './prove/restore.ts'
import { secondProcess } from './prove/second.ts'
import { torture } from './prove/torture.ts'

const proofsFor = (minutes: number): readonly Proof[] => [
  {
    name: 'torture',
    claims:
      'with 16 writers at once every committed change reaches whoever asks; by a sequence some would be missed',
    run: () => torture({ writers: 16, ms: 60_000 }),
  },
  {
    name: 'power',
    claims:
      'a power cut takes nothing that was acknowledged, whenever it comes; as the embedded database comes it would',
    run: (say) => power({ cuts: 30, rounds: 40, plainCuts: 40 }, say),
  },
  {
    name: 'kill-server',
    claims:
      'a server killed while phones hand in has what it acknowledged, once, and serves again within 15 s',
    run: () => killServer({ kills: 10, phones: 6, readyWithinMs: 15_000 }),
  },
  {
    name: 'kill-browser',
    claims: 'a browser killed while somebody writes without signal has everything that it called saved, once',
    run: (say) => killBrowser({ kills: 10 }, say),
  },
  {
    name: 'disk-full',
    claims:
      'on a full disk nothing is taken in and nothing promised, fetching goes on, and with room again the same server takes work',
    run: () => diskFull({ times: 20 }),
  },
  {
    name: 'second',
    claims: 'a second server on one data folder is refused in one sentence within a second',
    run: () => secondProcess({ times: 5 }),
  },
  {
    name: 'restore',
    claims:
      'after a restore of a backup taken half-way, real phones bring back what it lacks by themselves, once',
    run: () => restore({ pushes: 1000 }),
  },
  {
    name: 'headers',
    claims:
      'csp_evaluator finds nothing but the known note in any content policy, and the MDN Observatory gives A+',
    run: (say) => headers(say),
  },
  {
    name: 'fuzz',
    claims:
      'whatever is asked of any operation by whomever: no 5xx, an answer of its shape, nobody else’s words in answer or log, within 2 s',
    run: () => fuzz({ minutes }),
  },
  {
    name: 'access',
    claims:
      'every operation, by everybody, about everything: answered as the rules say, nobody else’s words shown',
    run: () => inATest('tests/integration/server/access-matrix.test.ts', {}, {}),
  },
]

const NAMES = proofsFor(0)
  .map((one) => one.name)
  .join(',')

/** Minutes of the fuzzing, when nothing else is said. */
const MINUTES = '10'

interface Order {
  proofs: readonly Proof[]
  /** Whether what they come to goes into the page of promises. */
  write: boolean
}

function chosen(args: readonly string[]): Order | null {
  try {
    const options = {
      only: { type: 'string' },
      minutes: { type: 'string', default: MINUTES },
      write: { type: 'boolean', default: false },
    } as const
    const { values } = parseArgs({ args: [...args], options })
    if (!/^\d{1,3}(\.\d)?$/.test(values.minutes) || Number(values.minutes) === 0) return null
    const { write } = values
    const proofs = proofsFor(Number(values.minutes))
    if (values.only === undefined) return { proofs, write }
    const names = values.only.split(',')
    if (names.some((name) => !proofs.some((one) => one.name === name))) return null
    return { proofs: proofs.filter((one) => names.includes(one.name)), write }
  } catch {
    return null
  }
}

/** Runs one proof; one that cannot be carried out has not been shown. @returns whether it holds */
async function prove(proof: Proof, write: boolean): Promise<boolean> {
  console.log(`${proof.name}: ${proof.claims}`)
  const began = performance.now()
  const seconds = () => Math.round((performance.now() - began) / 100) / 10
  try {
    const { pass, figures } = await proof.run((line) => console.log(`  ${line}`))
    console.log(`${pass ? 'PASS' : 'FAIL'}  ${proof.name}, ${seconds()} s`)
    console.log(JSON.stringify({ proof: proof.name, pass, ...figures, took: seconds() }))
    if (write) keepResult(proof.name, { pass, figures })
    return pass
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    console.log(`FAIL  ${proof.name}, ${seconds()} s: ${why}`)
    console.log(JSON.stringify({ proof: proof.name, pass: false, why, took: seconds() }))
    return false
  }
}

const order = chosen(process.argv.slice(2))
if (order === null) {
  console.error(
    `明白: say what to prove: npm run prove -- [--only ${NAMES}] [--minutes of the fuzz] [--write]`,
  )
  process.exitCode = 1
} else {
  let failed = 0
  for (const one of order.proofs) if (!(await prove(one, order.write))) failed++
  console.log(JSON.stringify({ proofs: order.proofs.length, failed }))
  process.exitCode = failed === 0 ? 0 : 1
}
