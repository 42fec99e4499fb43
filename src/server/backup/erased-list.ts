import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Config } from '../config.ts'
import type { Erasure } from '../repositories/backup/erasures.ts'
import { CannotBackUp } from './cannot-back-up.ts'
import { syncPath } from './files.ts'

/** Lies beside the backups, because what was erased after a backup was made is not in it. */
const NAME = 'erased.ndjson'

/** Only ids, a place and a day: nothing of what was erased. Signed, so that nobody erases by writing into a file. */
export type ListKey = Buffer

/** @param secret the installation's secret */
export const listKey = (secret: string): ListKey =>
  Buffer.from(hkdfSync('sha256', secret, 'mingbai backup v1', 'erased list', 32))

const signed = (key: ListKey, { kind, id, region, at, counted }: Erasure): string =>
  createHmac('sha256', key)
    .update(`${kind}/${id}/${region}/${at}${counted ? '/counted' : ''}`)
    .digest('hex')

function read(line: string, key: ListKey, file: string): Erasure {
  const bad = (what: string) =>
    new CannotBackUp(
      'bad-erased-list',
      `the list ${file} ${what}; without it erased records would come back.`,
    )
  let value: Record<string, unknown> | null = null
  try {
    value = JSON.parse(line) as Record<string, unknown> | null
  } catch {
    throw bad('cannot be read')
  }
  const { kind, id, region, at, counted, sig }: Record<string, unknown> = value ?? {}
  if (![kind, id, region, at, sig].every((one) => typeof one === 'string')) throw bad('cannot be read')
  const one = { kind, id, region, at, ...(counted === true ? { counted } : {}) } as unknown as Erasure
  const [shown, wanted] = [Buffer.from(String(sig)), Buffer.from(signed(key, one))]
  if (shown.length !== wanted.length || !timingSafeEqual(shown, wanted))
    throw bad('was signed with another MINGBAI_SECRET or changed by hand')
  return one
}

/** Folders where this server's list lies: beside its backups, and beside its own database. */
export const listFolders = (config: Config): string[] => [
  ...(config.backupFolder === null ? [] : [resolve(config.backupFolder)]),
  ...(config.databaseUrl === null ? [resolve(config.dataFolder)] : []),
]

/** What the lists in these folders name, each once; a folder without a list names nothing. */
export async function readErased(folders: readonly string[], key: ListKey): Promise<Erasure[]> {
  const all = new Map<string, Erasure>()
  for (const file of new Set(folders.map((one) => join(one, NAME)))) {
    const text = await readFile(file, 'utf8').catch(() => '')
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const one = read(line, key, file)
      all.set(`${one.kind}/${one.id}`, one)
    }
  }
  return [...all.values()]
}

/** Writes the list anew in one step: what it held and what is given. */
export async function keepErased(folder: string, list: readonly Erasure[], key: ListKey): Promise<void> {
  const all = new Map((await readErased([folder], key)).map((one) => [`${one.kind}/${one.id}`, one]))
  const before = all.size
  for (const one of list) if (!all.has(`${one.kind}/${one.id}`)) all.set(`${one.kind}/${one.id}`, one)
  if (all.size === before) return
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const lines = [...all.values()].map((one) => `${JSON.stringify({ ...one, sig: signed(key, one) })}\n`)
  const file = join(folder, NAME)
  await writeFile(`${file}.new`, lines.join(''), { mode: 0o600 })
  await syncPath(`${file}.new`)
  await rename(`${file}.new`, file)
  await syncPath(folder)
}
