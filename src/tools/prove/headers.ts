import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildIfStale } from '../build/build.ts'
import { observe } from './headers/observatory.ts'
import { weaknessesOf } from './headers/policy.ts'
import type { Proven } from './proof.ts'
import { portForServer, spawnServer, type ServerProcess } from './server-process.ts'

const LEAST_SCORE = 120
/** One answer of each sort: pages, the app, data, what is not there. */
const PATHS = [
  '/',
  '/c',
  '/help',
  '/app/',
  '/app/records',
  '/e',
  '/api/health',
  '/api/nowhere',
  '/nowhere',
] as const

/** A certificate for this machine's own name, good for a day. */
function makeCertificate(folder: string): { key: string; cert: string } {
  const key = join(folder, 'key.pem')
  const cert = join(folder, 'cert.pem')
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key]
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync('openssl', ['req', '-x509', '-days', '1', ...kind, ...name, '-out', cert], { stdio: 'ignore' })
  return { key, cert }
}

const headersAt = (port: number, path: string): Promise<IncomingHttpHeaders> =>
  new Promise((done, fail) => {
    // Only whether it is there is asked here; the scanner looks at the certificate.
    const asking = request({ host: 'localhost', port, path, rejectUnauthorized: false }, (answer) => {
      answer.resume()
      answer.once('end', () => done(answer.headers))
    })
    asking.once('error', fail)
    asking.end()
  })

async function untilServes(server: ServerProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    const there = await headersAt(port, '/api/ready').catch(() => null)
    if (there) return
    if (server.child.exitCode !== null) break
    await new Promise((next) => setTimeout(next, 50))
  }
  throw new Error(`the server did not become ready: ${server.output().trim().slice(-300)}`)
}

/**
 * What others' tools say of a server in production's settings with its own certificate: Google's csp_evaluator about the content policy of
 * each sort of answer, the MDN HTTP Observatory about the whole.
 */
export async function headers(say: (line: string) => void): Promise<Proven> {
  const folder = mkdtempSync(join(tmpdir(), 'mb-prove-'))
  let server: ServerProcess | null = null
  try {
    const built = await buildIfStale()
    if (!built.ok) throw new Error('the app could not be built')
    const { key, cert } = makeCertificate(folder)
    const port = await portForServer()
    const env = {
      HOST: 'localhost',
      MINGBAI_TLS_CERT: cert,
      MINGBAI_TLS_KEY: key,
      MINGBAI_ORIGIN: `https://localhost:${port}`,
    }
    server = spawnServer({ folder: join(folder, 'data'), port, env })
    await untilServes(server, port)
    const wrong: string[] = []
    let known = 0
    for (const path of PATHS) {
      const policy = (await headersAt(port, path))['content-security-policy']
      const found = weaknessesOf(String(policy ?? ''))
      if (policy === undefined) wrong.push(`${path}: no policy`)
      wrong.push(...found.unknown.map((one) => `${path}: ${one}`))
      known += found.known
    }
    for (const one of wrong) say(one)
    const { grade, score, failed } = await observe(`localhost:${port}`, cert)
    for (const one of failed) say(one)
    return {
      pass: wrong.length === 0 && grade === 'A+' && score >= LEAST_SCORE && failed.length === 0,
      figures: {
        policies: PATHS.length,
        findings: wrong.length,
        known,
        grade,
        score,
        notPassed: failed.length,
      },
    }
  } finally {
    server?.child.kill('SIGTERM')
    await server?.gone
    rmSync(folder, { recursive: true, force: true })
  }
}
