import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

/** A word in every shape in which it might lie in a file. */
export function shapesOf(word: string): Record<string, Buffer> {
  const utf8 = Buffer.from(word)
  const utf16 = Buffer.from(word, 'utf16le')
  const base64 = (bytes: Buffer) =>
    [0, 1, 2].map((skip) => bytes.subarray(skip).toString('base64').slice(0, -4))
  const shapes: Record<string, Buffer> = { utf8, utf16, hex: Buffer.from(utf8.toString('hex')) }
  shapes['utf16-big'] = Buffer.from(utf16).swap16()
  for (const [at, text] of [...base64(utf8), ...base64(utf16)].entries())
    if (text.length >= 8) shapes[`base64-${at}`] = Buffer.from(text)
  return shapes
}

/** Where any of these words lies in a browser's profile, as file and shape; the program's own files are left out. */
export async function canariesIn(folder: string, words: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const bytes = await readFile(file).catch(() => Buffer.alloc(0))
    for (const word of words)
      for (const [shape, needle] of Object.entries(shapesOf(word)))
        if (bytes.includes(needle)) found.push(`${word} as ${shape} in ${file.slice(folder.length)}`)
  }
  return found
}

/** Which of these words are in the memory of a page, rubbish collected first. */
export async function canariesInMemory(page: Page, words: readonly string[]): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const parts: string[] = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => void parts.push(chunk))
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  await session.detach()
  const heap = parts.join('')
  const escaped = (word: string) => JSON.stringify(word).slice(1, -1)
  const ascii = (word: string) =>
    [...word].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  return words.filter((word) =>
    [word, escaped(word), ascii(word), ascii(word).toUpperCase().replaceAll('\\U', '\\u')].some((one) =>
      heap.includes(one),
    ),
  )
}
