import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { dayOf } from '#domain/time/day.ts'
import { buildPack, canonicalJson, type BuiltPack } from '#server/content/build-pack.ts'
import { loadContent } from '#server/content/load-content.ts'
import { faultSentence } from '#server/content/reasons.ts'
import { readOptions } from './content/options.ts'

const fail = (sentences: readonly string[]): void => {
  for (const sentence of sentences) console.error(sentence)
  process.exitCode = 1
}

/** The index last and by renaming, so that it never names a pack that is not there. */
async function write(built: BuiltPack, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, built.file), built.json)
  const next = join(folder, 'index.json.next')
  await writeFile(next, `${canonicalJson(built.index)}\n`)
  await rename(next, join(folder, 'index.json'))
}

async function run(args: readonly string[]): Promise<void> {
  const options = readOptions(args)
  if (!options.ok) return fail([options.sentence])
  const { command, seeds, out, stage, day } = options.value
  const content = await loadContent(resolve(seeds), day ?? dayOf(Date.now()))
  if (!content.ok)
    return fail([...content.faults.map(faultSentence), `内容没有编成：${content.faults.length} 处要改。`])
  const built = buildPack(content.value, stage)
  for (const { item, because } of content.value.withheld)
    console.log(`先不发：${item.slug}（没核对：${because.join('、')}）`)
  const counted = `${built.pack.items.length} 篇，${built.pack.laws.length} 个法律版本，${built.index.bytes} 字节`
  if (command === 'check') return console.log(`内容没问题：${counted}。`)
  await write(built, resolve(out))
  console.log(`编好了：${join(out, built.file)}，${counted}。`)
}

await run(process.argv.slice(2))
