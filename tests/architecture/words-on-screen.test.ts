import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ROOT } from '#tests/support/planted-tree.ts'

const text = join(ROOT, 'src/app/text')
const LOCALES = ['zh-CN', 'en']

/** Every message of a locale by its dotted path; a message is text, a list or a function is its own leaf. */
function leaves(value: unknown, path: string, into: Map<string, string>): Map<string, string> {
  if (typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value)) leaves(one, path === '' ? key : `${path}.${key}`, into)
  else into.set(path, String(value))
  return into
}

async function messagesOf(locale: string): Promise<Map<string, string>> {
  const files = globSync([`${locale}.{ts,json}`, `${locale}/**/*.{ts,json}`], { cwd: text })
  const all = new Map<string, string>()
  for (const file of files) {
    const name = relative(locale, file).replace(/\.[a-z]+$/, '')
    const loaded = file.endsWith('.json')
      ? (JSON.parse(readFileSync(join(text, file), 'utf8')) as unknown)
      : ((await import(/* @vite-ignore */ pathToFileURL(join(text, file)).href)) as unknown)
    leaves(loaded, name, all)
  }
  return all
}

/** The values a message names; plural forms name the same one in each form. */
const placeholders = (message: string) =>
  [...new Set([...message.matchAll(/\{(\w+)\}/g)].map((one) => one[1]))].sort()

/** 国办函〔2026〕12号: no points, rankings, check-ins, streaks, compulsory traces. */
const FORBIDDEN =
  /打卡|积分|排行|排名|签到榜|签到天数|每日签到|去签到|连续\d*天|连续天数|留痕率|活跃度|在线时长|登录次数|点赞数|转发量|阅读量|安装率|第\d+名/
const FORBIDDEN_ENGLISH = /\b(leaderboard|ranking|streak|check-?in|points earned|badge)\b/i

describe('words on screen', async () => {
  const [chinese, english] = (await Promise.all(LOCALES.map(messagesOf))) as [
    Map<string, string>,
    Map<string, string>,
  ]

  it('are complete in both languages', () => {
    expect(chinese.size).toBeGreaterThan(0)
    expect([...chinese.keys()].filter((key) => !english.has(key))).toEqual([])
    expect([...english.keys()].filter((key) => !chinese.has(key))).toEqual([])
  })

  it('are never empty, and name the same values in both languages', () => {
    for (const [key, message] of chinese) {
      expect(message.trim() === '', key).toBe(false)
      expect(placeholders(english.get(key) ?? ''), key).toEqual(placeholders(message))
    }
  })

  it('count nobody’s use of the app', () => {
    // To promise that something is not done is allowed; a sheet that people sign at a lecture (签到表) is no check-in.
    const claims = (message: string) => message.replace(/不(打卡|排名|排行)/g, '')
    expect([...chinese].filter(([, message]) => FORBIDDEN.test(claims(message)))).toEqual([])
    expect([...english].filter(([, message]) => FORBIDDEN_ENGLISH.test(message))).toEqual([])
  })

  it('stand in text files, not in templates', () => {
    const literal = globSync('src/app/**/*.vue', { cwd: ROOT }).filter((file) => {
      const template =
        /<template>([\s\S]*)<\/template>/.exec(readFileSync(join(ROOT, file), 'utf8'))?.[1] ?? ''
      return /\p{Script=Han}/u.test(template.replace(/<!--[\s\S]*?-->/g, ''))
    })
    expect(literal).toEqual([])
  })
})
