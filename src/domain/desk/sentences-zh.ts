import { typeName } from '../dispute/type.ts'
import type { MetricKind } from '../metric/metric.ts'
import type { RegionLevel } from '../region/code.ts'
import { dayOf, monthOf, type Day } from '../time/day.ts'
import { clockOf, grouped, monthAndDay, monthNumber } from './number-words.ts'
import type { FrontMetric } from './overview.ts'
import type { DeskSentences } from './say.ts'

const MONTHS = [
  '一月',
  '二月',
  '三月',
  '四月',
  '五月',
  '六月',
  '七月',
  '八月',
  '九月',
  '十月',
  '十一月',
  '十二月',
]
const UNITS: Readonly<Record<string, string>> = {
  disputes: '件',
  settled: '件',
  failed: '件',
  delegated: '件',
  confirmed: '件',
  outreach: '场',
  attendances: '人次',
  committees: '个',
  mediators: '人',
  understanders: '名',
  studios: '个',
  teams: '支',
  services: '次',
  screenings: '次',
}
const KINDS: Readonly<Record<MetricKind, string>> = {
  stock: '截至',
  flow: '年内',
  cumulative: '累计',
  unclear: '原文未明',
}
const BELOW: Readonly<Partial<Record<RegionLevel, string>>> = {
  prefecture: '个县',
  county: '个乡镇',
  township: '个村和社区',
}

const month = (one: string): string => MONTHS[monthNumber(one) - 1] ?? one
const unit = (metric: string): string => UNITS[metric.split(':')[0] ?? ''] ?? '件'
const amount = (n: number, metric: FrontMetric): string => `${grouped(n)} ${unit(metric)}`
const bare = (type: string): string => typeName(type).replace(/纠纷$/, '')

function dayWords(day: Day): string {
  const [m, d] = monthAndDay(day)
  return `${m}月${d}日`
}

/** A region's name in the plural of three: 东山村、河口村和另外 2 个. */
function names(list: readonly string[]): string {
  return list.length <= 3 ? list.join('、') : `${list.slice(0, 2).join('、')}和另外 ${list.length - 2} 个`
}

/** 中文 sentences of the desk. */
export const chinese: DeskSentences = {
  asOf({ at, now, waiting, silent }) {
    const day = dayOf(at) === dayOf(now) ? '今天' : ` ${dayWords(dayOf(at))}`
    const out = waiting > 0 ? `至少 ${grouped(waiting)} 件还在手机里` : ''
    const quiet = silent > 0 ? `${out ? '另' : ''}有 ${grouped(silent)} 部手机近期没联系` : ''
    const rest = [out, quiet].filter(Boolean).join('；')
    return `截至${day} ${clockOf(at)}。${rest || '没听说还有没交上来的'}。`
  },
  trend(one, metric) {
    switch (one.say) {
      case 'nothing':
        return '这十二个月没有记录。'
      case 'few':
        return `这十二个月一共 ${amount(one.total, metric)}。`
      case 'steady':
        return `一年起伏不大，多数月份 ${one.range.low} 到 ${grouped(one.range.high)} ${unit(metric)}。`
      case 'low':
        return `${month(one.month)}最少，${amount(one.n, metric)}；别的月份和平常差不多。`
      case 'peak': {
        const when = one.months.map(month).join('和')
        const each = one.months.length > 1 ? '各 ' : ''
        const what = one.types.length > 0 ? `，一半多是${one.types.map(bare).join('和')}` : ''
        const fall = one.fallsFrom ? `；${month(one.fallsFrom)}起回落` : ''
        return `${when}最多，${each}${amount(one.n, metric)}${what}${fall}。`
      }
    }
  },
  compared(one, metric, length) {
    const stop = length === 'whole' ? '。' : ''
    if (one.say === 'none-before') return `去年同期没有记录${stop}`
    if (one.say === 'same') return `和去年同期一样多${stop}`
    const how = `比去年同期${one.say === 'more' ? '多' : '少'} ${amount(one.by, metric)}`
    return length === 'brief' ? how : `${how}${one.chance ? '，在平常起伏里' : ''}。`
  },
  settled({ open, failed }, length) {
    const now = open > 0 ? `${grouped(open)} 件正在调` : ''
    const not = failed > 0 ? `${grouped(failed)} 件没调成` : ''
    if (length === 'brief') return now || not || '没有正在调的'
    return `${[now && `还有 ${now}`, not].filter(Boolean).join('，') || '没有正在调的'}。`
  },
  fullest(one, metric, length) {
    if (!one) return ''
    return length === 'brief'
      ? `${month(one.month)} ${amount(one.n, metric)}`
      : `${month(one.month)}最多，${amount(one.n, metric)}。`
  },
  attendances({ all, estimated }, length) {
    const stop = length === 'whole' ? '。' : ''
    if (all === 0) return `同一个人来两次，算两次${stop}`
    if (estimated === 0) return `都点过数，来两次算两次${stop}`
    if (length === 'brief') return '约数，来两次算两次'
    return `${estimated >= all ? '都' : `${grouped(estimated)} `}是估的，来两次算两次。`
  },
  places({ places, asking }, level) {
    const all = `${grouped(places)} ${BELOW[level] ?? '个地方'}`
    if (asking.length === 0) return `${all}，都和平常差不多。`
    return `${all}，${grouped(places - asking.length)} 个和平常差不多；${names(asking)}近三个月多了几件。`
  },
  worthAsking: '值得问一问',
  nothingHere({ from, to }, today) {
    const year = today.slice(0, 4)
    if (from === `${year}-01-01` && to === today) return '今年没有记录'
    if (from === `${monthOf(today)}-01` && to === today) return '本月没有记录'
    return '这段时间没有记录'
  },
  increased: (by, metric) => `刚刚多了 ${amount(by, metric)}`,
  kind: (kind) => KINDS[kind],
  month,
  unfinished: (one, today) => `${month(one)}才过 ${monthAndDay(today)[1]} 天`,
  range: (low, high, metric) => `平常 ${low}–${grouped(high)} ${unit(metric)}`,
  days({ from, to }) {
    if (from.slice(0, 4) === to.slice(0, 4)) {
      return from.endsWith('-01-01') && to.endsWith('-12-31')
        ? `${from.slice(0, 4)}年`
        : `${dayWords(from)}–${dayWords(to)}`
    }
    return `${from.slice(0, 4)}年${dayWords(from)}–${to.slice(0, 4)}年${dayWords(to)}`
  },
  unit,
}
