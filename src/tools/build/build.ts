import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readTrust } from '#server/trust/trust.ts'
import { ROOT, run } from '../steps/run.ts'
import { fingerprint } from './fingerprint.ts'

const STAMP = join(ROOT, 'dist/stamp')
const PRODUCTS = ['dist/app/index.html', 'dist/content/index.json'].map((file) => join(ROOT, file))

/** What a build came to; `output` is what the failing part printed. */
export type Built =
  | { ok: true; fresh: boolean; seconds: number }
  | { ok: false; part: string; output: string }

/** Demo shows drafts marked as such; production leaves them out. The same rule as the server's: demo unless told otherwise. */
function stageOf(env: NodeJS.ProcessEnv): 'demo' | 'production' {
  const said = env['MINGBAI_DEMO']?.trim() ?? ''
  return said === '0' || (said === '' && (env['DATABASE_URL'] ?? '') !== '') ? 'production' : 'demo'
}

/**
 * Builds the app and the content into dist unless they are newer than everything they are made of. The stamp is removed first
 * and written last, so a build that was cut short is never taken for a whole one.
 */
export async function buildIfStale(env: NodeJS.ProcessEnv = process.env): Promise<Built> {
  const stage = stageOf(env)
  const wanted = fingerprint(ROOT, stage)
  const found = await readFile(STAMP, 'utf8').catch(() => '')
  if (found === wanted && PRODUCTS.every((file) => existsSync(file)))
    return { ok: true, fresh: true, seconds: 0 }
  await rm(STAMP, { force: true })
  // What is promised is shown with measured figures or not at all.
  try {
    readTrust(join(ROOT, 'seeds'))
  } catch (error) {
    return { ok: false, part: 'trust', output: String(error) }
  }
  const app = await run('node_modules/vite/bin/vite.js', ['build', '--manifest', '--logLevel', 'warn'])
  if (!app.ok) return { ok: false, part: 'app', output: app.output }
  const content = await run('src/tools/content.ts', [
    'build',
    ...(stage === 'production' ? ['--production'] : []),
  ])
  if (!content.ok) return { ok: false, part: 'content', output: content.output }
  await mkdir(join(ROOT, 'dist'), { recursive: true })
  await writeFile(STAMP, wanted)
  return { ok: true, fresh: false, seconds: app.seconds + content.seconds }
}
