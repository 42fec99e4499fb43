import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContentIndexSchema, ContentPackSchema } from '#domain/content/pack.ts'
import { buildPack, canonicalJson } from '#server/content/build-pack.ts'
import { loadContent, type LoadedContent } from '#server/content/load-content.ts'
import { faultSentence, type LoadFault } from '#server/content/reasons.ts'
import { SEEDS, seededContent, TODAY } from '../../domain/content/seeds.ts'

let folder: string
let content: LoadedContent
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mingbai-content-'))
  content = await seededContent()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let copies = 0
/** A copy of the seeds in which one file was changed, and what the compiler says to it. */
async function faultsAfter(
  file: string,
  change: (text: string) => string,
  day = TODAY,
): Promise<LoadFault[]> {
  const copy = join(folder, `seeds-${copies++}`)
  for (const part of ['laws', 'content', 'calendar'])
    cpSync(join(SEEDS, part), join(copy, part), { recursive: true })
  const path = join(copy, file)
  writeFileSync(path, change(readFileSync(path, 'utf8')))
  const result = await loadContent(copy, day)
  return result.ok ? [] : result.faults
}
const DITCH = 'content/pai-shui.md'
const replace = (from: string, to: string) => (text: string) => {
  if (!text.includes(from)) throw new Error(`not in the file: ${from}`)
  return text.replace(from, to)
}

describe('the content compiler', () => {
  it('[D-79] every seed compiles; at least eighteen questions, in all eight situations', () => {
    expect(content.items.length).toBeGreaterThanOrEqual(18)
    expect(new Set(content.items.map((one) => one.category)).size).toBe(8)
    for (const item of content.items) expect(item.phrases.length, item.slug).toBeGreaterThanOrEqual(12)
  })

  it('[D-64] what cites an unverified article is held back with its reason', () => {
    expect(content.withheld.map((one) => [one.item.slug, one.because])).toEqual([
      ['huan-shou', ['《治安管理处罚法》第十九条']],
    ])
    expect(buildPack(content, 'demo').json).not.toContain('huan-shou')
  })

  const WRONG: readonly (readonly [string, string, (text: string) => string])[] = [
    ['article-beyond-last', DITCH, replace('#290 ', '#1261 ')],
    ['law-unknown', DITCH, replace('minfadian@2020-05-28#290', 'minfadianx@2020-05-28#290')],
    ['version-unknown', DITCH, replace('minfadian@2020-05-28#290', 'minfadian@2021-05-28#290')],
    ['version-repealed', DITCH, replace('minfadian@2020-05-28#290', 'zhian-chufa@2012-10-26#43')],
    ['citation-malformed', DITCH, replace('minfadian@2020-05-28#290', '民法典290条')],
    ['sentence-too-long', DITCH, replace('邻居要给排水的方便；', `邻居要给${'很'.repeat(40)}`)],
    ['officialese', DITCH, replace('一般可以要他家', '他家必须')],
    ['step-without-verb', DITCH, replace('1. 先拍照', '1. 照片很要紧')],
    ['help-missing', DITCH, (text) => text.slice(0, text.indexOf('## 谁能帮你'))],
    ['block-unknown', DITCH, replace('## 留好这些', '## 证据材料')],
    ['block-twice', DITCH, (text) => `${text}\n## 一句话\n\n再说一遍。\n`],
    ['block-malformed', DITCH, replace('- mediator', '- 村长')],
    ['front-matter-missing', DITCH, (text) => text.slice(4)],
    ['front-matter-malformed', DITCH, replace('category: neighbour', 'category: [neighbour')],
    ['front-matter-malformed', DITCH, replace("code: '7K3Q9X'", "code: 'ILOVEU'")],
    [
      'code-duplicate',
      DITCH,
      (text) => text.replace("'7K3Q9X'", `'${content.items.find((one) => one.slug === 'cai-li')?.code}'`),
    ],
    ['slug-not-file-name', DITCH, replace('slug: pai-shui', 'slug: pai-shui-gou')],
    ['law-malformed', 'laws/minfadian.yaml', replace("'2020-05-28'", "'2020-13-28'")],
    ['law-malformed', 'laws/minfadian.yaml', () => ':::\n\t- ['],
    ['calendar-malformed', 'calendar/farming-year.yaml', () => 'seasons: 三月'],
    ['calendar-gap', 'calendar/farming-year.yaml', replace("from: '04-11'", "from: '04-12'")],
    [
      'calendar-item-unknown',
      'calendar/farming-year.yaml',
      replace('[jie-shui, pai-shui]', '[jie-shui, bu-cun-zai]'),
    ],
  ]
  it.each(WRONG)('[D-79] refuses %s in %s with the file and one sentence', async (reason, file, change) => {
    const faults = await faultsAfter(file, change)
    const fault = faults.find((one) => one.reason === reason)
    expect(fault, faults.map(faultSentence).join('\n')).toBeDefined()
    const sentence = faultSentence(fault as LoadFault)
    expect(sentence).toContain(`seeds/${file}`)
    expect(sentence).toContain(reason)
    expect(sentence).toMatch(/：[^：]+。（/)
  })

  it('[D-70] the day a cited law ends, the compiler asks for the new one', async () => {
    const end = replace('repealed_on: null', "repealed_on: '2027-01-01'")
    expect(await faultsAfter('laws/zhongzi.yaml', end, '2026-12-31')).toEqual([])
    expect((await faultsAfter('laws/zhongzi.yaml', end, '2027-01-01')).map((one) => one.file)).toEqual([
      'seeds/content/jia-zhong-zi.md',
    ])
  })

  it('[D-79] a folder that is not there is said in one sentence', async () => {
    const result = await loadContent(join(folder, 'nothing'), TODAY)
    expect(result.ok ? [] : result.faults.map((one) => one.reason)).toContain('folder-unreadable')
  })

  it('[D-78] the same seeds give the same bytes, named by their hash, in the form phones check', async () => {
    const built = buildPack(content, 'demo')
    expect(buildPack(await seededContent(), 'demo').json).toBe(built.json)
    expect(v.is(ContentPackSchema, JSON.parse(built.json))).toBe(true)
    expect(v.is(ContentIndexSchema, built.index)).toBe(true)
    expect(built.file).toBe(`pack-${built.index.hash.slice(0, 16)}.json`)
    expect(built.index.bytes).toBe(Buffer.byteLength(built.json))
    const [first, ...rest] = content.items
    const changed = {
      ...content,
      items: [{ ...first, title: '改了一个字吗？' } as typeof first & object, ...rest],
    }
    expect(buildPack(changed as LoadedContent, 'demo').file).not.toBe(built.file)
  })

  it('[D-78] equal content in another order of keys is equal', () => {
    expect(canonicalJson({ b: [1, { d: null, c: '"' }], a: true })).toBe(
      '{"a":true,"b":[1,{"c":"\\"","d":null}]}',
    )
  })

  it('[D-78] the pack carries every law it cites', () => {
    const { pack } = buildPack(content, 'demo')
    const held = new Set(pack.laws.map((one) => `${one.id}@${one.version}`))
    const cited = pack.items
      .flatMap((item) => item.blocks)
      .flatMap((block) => (block.kind === 'basis' ? block.citations : []))
    expect(cited.filter((one) => !held.has(`${one.law}@${one.version}`))).toEqual([])
  })

  it('[D-68] the production pack holds no draft', () => {
    expect(buildPack(content, 'production').pack.items).toEqual([])
  })
})

describe('the command', () => {
  const root = fileURLToPath(new URL('../../../..', import.meta.url))
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['src/tools/content.ts', ...args], { cwd: root, encoding: 'utf8' })

  it('[D-78] build writes the pack and an index that names it', () => {
    const out = join(folder, 'out')
    execFileSync(process.execPath, ['src/tools/content.ts', 'build', '--out', out, '--day', TODAY], {
      cwd: root,
    })
    const index = JSON.parse(readFileSync(join(out, 'index.json'), 'utf8')) as { pack: string; bytes: number }
    expect(readdirSync(out).sort()).toEqual(['index.json', index.pack].sort())
    expect(readFileSync(join(out, index.pack)).byteLength).toBe(index.bytes)
  })

  it('[D-79] ends with an error and one sentence on bad content and on bad flags, and writes nothing', async () => {
    await faultsAfter(DITCH, replace('#290 ', '#1261 '))
    const broken = run(
      'build',
      '--seeds',
      join(folder, `seeds-${copies - 1}`),
      '--out',
      join(folder, 'none'),
      '--day',
      TODAY,
    )
    expect(broken.status).toBe(1)
    expect(broken.stderr).toContain('seeds/content/pai-shui.md')
    expect(broken.stderr).toContain('article-beyond-last')
    expect(readdirSync(folder)).not.toContain('none')
    for (const args of [[], ['destroy'], ['check', '--nonsense'], ['check', '--day', '2026-02-30']]) {
      const refused = run(...args)
      expect([refused.status, refused.stderr.trim().split('\n').length], args.join(' ')).toEqual([1, 1])
    }
  })
})
