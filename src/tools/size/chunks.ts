/** One file of Vite's manifest: what it imports at once, what it may fetch later, and its styles. */
export interface Chunk {
  file: string
  src?: string
  isEntry?: boolean
  isDynamicEntry?: boolean
  imports?: string[]
  dynamicImports?: string[]
  css?: string[]
}
export type Manifest = Readonly<Record<string, Chunk>>

/** Keys of these chunks and of everything they import at once, in no order. */
export function closure(manifest: Manifest, keys: readonly string[]): Set<string> {
  const found = new Set<string>()
  const visit = (key: string): void => {
    if (found.has(key)) return
    const chunk = manifest[key]
    if (!chunk) throw new Error(`the manifest has no ${key}`)
    found.add(key)
    chunk.imports?.forEach(visit)
  }
  keys.forEach(visit)
  return found
}

/** Files of chunks that end in `.js`, and their stylesheets. */
export function filesOf(manifest: Manifest, keys: Iterable<string>): { scripts: string[]; styles: string[] } {
  const chunks = [...keys].flatMap((key) => manifest[key] ?? [])
  return {
    scripts: [...new Set(chunks.map((one) => one.file).filter((file) => file.endsWith('.js')))],
    styles: [...new Set(chunks.flatMap((one) => one.css ?? []))],
  }
}
