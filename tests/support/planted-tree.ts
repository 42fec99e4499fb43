import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface PlantedTree {
  folder: string
  remove(): void
}

/**
 * A small house outside the repository, with our own settings and the given files in it, so that a rule can be broken on
 * purpose without touching the source.
 * @param files text by path
 * @param copied files and folders of the repository that are copied in first
 */
export function plantTree(
  files: Readonly<Record<string, string>>,
  copied: readonly string[] = [],
): PlantedTree {
  const folder = mkdtempSync(join(tmpdir(), 'mingbai-planted-'))
  for (const path of ['package.json', 'tsconfig.json', ...copied])
    cpSync(join(ROOT, path), join(folder, path), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
