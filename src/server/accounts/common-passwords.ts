import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const FILE = join(import.meta.dirname, '..', '..', '..', 'seeds', 'passwords', 'most-used.txt.gz')

let read: ReadonlySet<string> | null = null

/** The hundred thousand passwords that are tried first, in lower case; read when a password is chosen, which is seldom. */
export function mostUsedPasswords(): ReadonlySet<string> {
  read ??= new Set(gunzipSync(readFileSync(FILE)).toString('utf8').trim().toLowerCase().split('\n'))
  return read
}
