import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config.ts'

/**
 * The secret that sessions and codes are keyed with. Production names its own; the demo makes one and keeps it beside its data, so
 * that people of the demo stay signed in over a restart.
 */
export function secretOf(config: Config): string {
  if (config.secret !== '') return config.secret
  const file = join(config.dataFolder, 'secret')
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    const made = randomBytes(48).toString('base64')
    mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 })
    writeFileSync(file, made, { mode: 0o600 })
    return made
  }
}
