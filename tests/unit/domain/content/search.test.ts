import { beforeAll, describe, expect, it } from 'vitest'
import type { ContentItem } from '#domain/content/content-item.ts'
import { searchContent } from '#domain/content/search.ts'
import { seededContent } from './seeds.ts'

let items: ContentItem[]
beforeAll(async () => {
  items = (await seededContent()).items
})
const find = (query: string): string[] => searchContent(items, query).map((one) => one.slug)

/** How people really ask, and what they should find among the first three. */
const ASKED: readonly (readonly [string, string])[] = [
  ['工钱', 'tuo-qian-gong-zi'],
  ['老板欠我血汗钱不给咋个办', 'tuo-qian-gong-zi'],
  ['讨薪', 'tuo-qian-gong-zi'],
  ['工地老板跑路', 'tuo-qian-gong-zi'],
  ['老赖', 'jie-qian'],
  ['表哥借了我的钱躲账', 'jie-qian'],
  ['欠条', 'jie-qian'],
  ['悔婚', 'cai-li'],
  ['三金要不要还', 'cai-li'],
  ['亲事黄了聘金退不退', 'cai-li'],
  ['高利贷', 'li-xi'],
  ['月息五分要还吗', 'li-xi'],
  ['给兄弟作保', 'dan-bao'],
  ['隔壁把阳沟堵死了', 'pai-shui'],
  ['屋檐水', 'pai-shui'],
  ['老路被堵了', 'tong-xing'],
  ['他家不让我过路', 'tong-xing'],
  ['上头把田水截了', 'jie-shui'],
  ['抢水', 'jie-shui'],
  ['隔壁起屋遮了我家太阳', 'cai-guang'],
  ['界桩', 'di-jie'],
  ['邻居挖了我的田埂', 'di-jie'],
  ['责任田要被收走', 'cheng-bao'],
  ['嫁出去的女儿有没有田', 'wai-jia-nv'],
  ['屋基', 'zhai-ji-di'],
  ['田租给老板种菜', 'zu-di'],
  ['谷种不发芽', 'jia-zhong-zi'],
  ['被土狗咬了', 'gou-yao'],
  ['楼上扔酒瓶', 'gao-kong'],
  ['不养爹娘', 'shan-yang'],
  ['儿子不孝', 'shan-yang'],
  ['打老婆', 'jia-bao'],
  ['男人喝酒打我', 'jia-bao'],
  ['娃在学校挨打', 'xiao-yuan-qi-ling'],
  ['娃儿打坏了人家的东西', 'hai-zi-chuang-huo'],
  ['娃娃留给爷爷带', 'liu-shou'],
  ['手机卡借给别人', 'yin-hang-ka'],
  ['刷单被骗了两万', 'bei-pian'],
  ['给爸妈买的神药是假的', 'bao-jian-pin'],
  ['网上买的衣服能退不', 'xiao-fei'],
  ['摩托撞了人', 'che-huo'],
  ['打官司请不起人', 'fa-lv-yuan-zhu'],
  ['上梁的时候摔下来', 'jian-fang-shang'],
  ['进厂没签字的合同', 'mei-qian-he-tong'],
  ['群里有人造谣说我偷鸡', 'qun-li-ma'],
  ['遗书怎么写', 'yi-zhu'],
  ['爹走了分家产', 'yi-chan'],
  ['离婚娃跟谁', 'li-hun-hai-zi'],
  ['离婚要等一个月', 'li-hun-leng-jing'],
  ['说和的协议他不认', 'tiao-jie-xie-yi'],
]

describe('search', () => {
  it.each(ASKED)('[D-74] %s finds %s among the first three', (query, slug) => {
    expect(find(query).slice(0, 3)).toContain(slug)
  })

  it('[D-73] every phrasing written for an item finds it first', () => {
    const missed = items.flatMap((item) => item.phrases.filter((phrase) => find(phrase)[0] !== item.slug))
    expect(missed).toEqual([])
  })

  it('[D-73] every title finds its item first', () => {
    expect(items.filter((item) => find(item.title)[0] !== item.slug)).toEqual([])
  })

  it('[D-73] a word of the title ranks before the same word in the text', () => {
    expect(find('遗嘱')[0]).toBe('yi-zhu')
    expect(find('狗')[0]).toBe('gou-yao')
  })

  it('[D-74] small words, spaces, punctuation and wide letters change nothing', () => {
    expect(find('  彩礼，能要回来吗？？ ')[0]).toBe('cai-li')
    expect(find('请问彩礼怎么办呢')[0]).toBe('cai-li')
    expect(find('打１２３３３要工钱')[0]).toBe('tuo-qian-gong-zi')
  })

  it('[D-74] nothing, only small words, or words of no item give nothing', () => {
    for (const query of ['', '   ', '怎么办', '的吗', 'qqqq', '〔〕', '。'.repeat(500)])
      expect(find(query), query).toEqual([])
  })

  it('[D-73] six hundred items are searched within a few milliseconds', () => {
    const many = Array.from({ length: 600 }, (_, at) => ({
      ...(items[at % items.length] as ContentItem),
      slug: `x-${at}`,
    }))
    searchContent(many, '先建好索引')
    const before = performance.now()
    for (let round = 0; round < 20; round++) searchContent(many, '老板欠我血汗钱不给咋个办')
    expect((performance.now() - before) / 20).toBeLessThan(40)
  })
})
