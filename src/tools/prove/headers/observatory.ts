import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../steps/run.ts'

const PACKAGE = '@mdn/mdn-http-observatory'
const VERSION = '1.4.8'
const FOLDER = join(ROOT, 'node_modules', '.cache', 'mingbai', `observatory-${VERSION}`)
const HOME = join(FOLDER, 'node_modules', ...PACKAGE.split('/'))

interface Ran {
  code: number | null
  output: string
}

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(program, args, {
    cwd: FOLDER,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.resume()
  return new Promise<Ran>((done) => {
    child.once('error', () => done({ code: null, output }))
    child.once('close', (code) => done({ code, output }))
  })
}

/**
 * Brings the scanner into a folder of its own, once: with what it needs it weighs 130 MB, which nobody who only starts the server should
 * load. Its install step asks hosts on the internet for lists of preloaded names, which a name of this machine is not on: an empty list.
 */
async function bring(): Promise<void> {
  if (!existsSync(join(HOME, 'conf', 'hsts-preload.json'))) {
    mkdirSync(FOLDER, { recursive: true })
    writeFileSync(join(FOLDER, 'package.json'), '{"private":true}')
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${PACKAGE}@${VERSION}`]
    const { code } = await run('npm', args, { npm_config_engine_strict: 'false' })
    if (code !== 0)
      throw new Error(`${PACKAGE} could not be installed; check the connection to the npm registry`)
    writeFileSync(join(HOME, 'conf', 'hsts-preload.json'), '{}')
  }
}

export interface Grade {
  grade: string
  score: number
  /** Names of the scanner's tests that did not pass, with what it says. */
  failed: string[]
}

/**
 * What the MDN HTTP Observatory says of a server on this machine.
 * @param host with its port; served by https
 * @param certificate the PEM file that the server's certificate is to be believed by
 */
export async function observe(host: string, certificate: string): Promise<Grade> {
  await bring()
  const { output } = await run(process.execPath, [join(HOME, 'src', 'scan.js'), host], {
    NODE_EXTRA_CA_CERTS: certificate,
  })
  const said = JSON.parse(output) as {
    error?: string
    scan: { grade: string; score: number }
    tests: Record<string, { pass: boolean; result: string }>
  }
  if (said.error !== undefined) throw new Error(`the scanner says: ${said.error}`)
  const failed = Object.entries(said.tests).filter(([, one]) => !one.pass)
  return {
    grade: said.scan.grade,
    score: said.scan.score,
    failed: failed.map(([name, one]) => `${name}: ${one.result}`),
  }
}
