import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accept, type Result } from '#domain/result.ts'
import { ROOT } from '../steps/run.ts'
import type { Mutant } from './mutant.ts'

/** A copy of the source in which bugs may be planted. */
export interface Tree {
  folder: string
  /** Changes one file; `undo` puts it back. Refused when the place is not there exactly once. */
  plant(mutant: Mutant): ({ ok: true } & { undo(): void }) | { ok: false; reason: string }
  remove(): void
}

const COPIED = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'src',
  'tests',
  'seeds',
  'vite.config.ts',
  'index.html',
  'public',
]

/** The text with the bug in it; refused when what is to be found is not there exactly once. */
export function withBug(text: string, { find, replace, file }: Mutant): Result<string, string> {
  const count = text.split(find).length - 1
  if (count !== 1) return { ok: false, reason: `${file} holds the place ${count} times, not once` }
  return accept(text.replace(find, () => replace))
}

export function makeTree(): Tree {
  const folder = mkdtempSync(join(tmpdir(), 'mingbai-mutants-'))
  for (const path of COPIED) cpSync(join(ROOT, path), join(folder, path), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return {
    folder,
    plant(mutant) {
      const path = join(folder, mutant.file)
      const before = readFileSync(path, 'utf8')
      const after = withBug(before, mutant)
      if (!after.ok) return { ok: false, reason: after.reason }
      writeFileSync(path, after.value)
      return { ok: true, undo: () => writeFileSync(path, before) }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
