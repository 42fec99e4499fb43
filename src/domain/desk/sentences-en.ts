import { OFFICIAL_TYPES } from '../dispute/type.ts'
import type { MetricKind } from '../metric/metric.ts'
import type { RegionLevel } from '../region/code.ts'
import { dayOf, monthOf, type Day } from '../time/day.ts'
import { clockOf, grouped, monthAndDay, monthNumber } from './number-words.ts'
import type { FrontMetric } from './overview.ts'
import type { DeskSentences } from './say.ts'

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const UNITS: Readonly<Record<string, readonly [string, string]>> = {
  disputes: ['dispute', 'disputes'],
  settled: ['dispute', 'disputes'],
  failed: ['dispute', 'disputes'],
  delegated: ['case', 'cases'],
  confirmed: ['case', 'cases'],
  outreach: ['session', 'sessions'],
  attendances: ['attendance', 'attendances'],
  committees: ['committee', 'committees'],
  mediators: ['person', 'people'],
  understanders: ['person', 'people'],
  studios: ['studio', 'studios'],
  teams: ['team', 'teams'],
}
const KINDS: Readonly<Record<MetricKind, string>> = {
  stock: 'as of',
  flow: 'in the period',
  cumulative: 'cumulative',
  unclear: 'period not stated',
}
const BELOW: Readonly<Partial<Record<RegionLevel, string>>> = {
  prefecture: 'counties',
  county: 'townships',
  township: 'villages',
}

const month = (one: string): string => MONTHS[monthNumber(one) - 1] ?? one
const unit = (metric: string): string => (UNITS[metric.split(':')[0] ?? ''] ?? ['record', 'records'])[1]
const amount = (n: number, metric: FrontMetric): string => {
  const [one, many] = UNITS[metric] ?? ['record', 'records']
  return `${grouped(n)} ${n === 1 ? one : many}`
}
const typeWords = (code: string): string =>
  (OFFICIAL_TYPES.find((one) => one.code === code)?.english ?? code).toLowerCase()
const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1] ?? ''}`

function dayWords(day: Day): string {
  const [m, d] = monthAndDay(day)
  return `${d} ${(MONTHS[m - 1] ?? '').slice(0, 3)}`
}

/** English sentences of the desk. */
export const english: DeskSentences = {
  asOf({ at, now, waiting, silent }) {
    const day = dayOf(at) === dayOf(now) ? 'today' : dayWords(dayOf(at))
    const out = waiting > 0 ? `At least ${grouped(waiting)} still on phones` : ''
    const quiet =
      silent > 0 ? `${grouped(silent)} ${silent === 1 ? 'phone' : 'phones'} not heard of lately` : ''
    const rest = [out, quiet].filter(Boolean).join('; ')
    return `As of ${day}, ${clockOf(at)}. ${rest || 'Nothing is known to be still on phones'}.`
  },
  trend(one, metric) {
    switch (one.say) {
      case 'nothing':
        return 'Nothing recorded in these twelve months.'
      case 'few':
        return `${amount(one.total, metric)} in these twelve months.`
      case 'steady':
        return `Little change over the year: ${one.range.low} to ${grouped(one.range.high)} ${unit(metric)} in most months.`
      case 'low':
        return `${month(one.month)} had the fewest: ${amount(one.n, metric)}; the other months were as usual.`
      case 'peak': {
        const when = list(one.months.map(month))
        const each = one.months.length > 1 ? ' each' : ''
        const what = one.types.length > 0 ? `, more than half of them ${list(one.types.map(typeWords))}` : ''
        const fall = one.fallsFrom ? `; fewer again from ${month(one.fallsFrom)}` : ''
        return `${when} had the most: ${amount(one.n, metric)}${each}${what}${fall}.`
      }
    }
  },
  compared(one, _metric, length) {
    const stop = length === 'whole' ? '.' : ''
    if (one.say === 'none-before') return `None in the same days last year${stop}`
    if (one.say === 'same') return `As many as in the same days last year${stop}`
    const how = `${grouped(one.by)} ${one.say === 'more' ? 'more' : 'fewer'} than in the same days last year`
    return length === 'brief' ? how : `${how}${one.chance ? ', within the usual range' : ''}.`
  },
  settled({ open, failed }, length) {
    const now = open > 0 ? `${grouped(open)} still being mediated` : ''
    const not = failed > 0 ? `${grouped(failed)} not settled` : ''
    if (length === 'brief') return now || not || 'None is open'
    return `${[now, not].filter(Boolean).join(', ') || 'None is open'}.`
  },
  fullest(one, metric, length) {
    if (!one) return ''
    return length === 'brief'
      ? `${month(one.month)}: ${amount(one.n, metric)}`
      : `${month(one.month)} had the most: ${amount(one.n, metric)}.`
  },
  attendances({ all, estimated }, length) {
    const stop = length === 'whole' ? '.' : ''
    if (all === 0) return `Who came twice counts twice${stop}`
    if (estimated === 0) return `All counted; who came twice counts twice${stop}`
    if (length === 'brief') return 'About; who came twice counts twice'
    return `${estimated >= all ? 'All' : `${grouped(estimated)} of them`} estimated; who came twice counts twice.`
  },
  places({ places, asking }, level) {
    const all = `${grouped(places)} ${BELOW[level] ?? 'places'}`
    if (asking.length === 0) return `${all}, all as usual.`
    const who =
      asking.length <= 3 ? list(asking) : `${asking.slice(0, 2).join(', ')} and ${asking.length - 2} others`
    return `${all}, ${grouped(places - asking.length)} as usual; a few more in ${who} these three months.`
  },
  worthAsking: 'worth asking',
  nothingHere({ from, to }, today) {
    const year = today.slice(0, 4)
    if (from === `${year}-01-01` && to === today) return 'none this year'
    if (from === `${monthOf(today)}-01` && to === today) return 'none this month'
    return 'none in this period'
  },
  increased: (by, metric) => `${amount(by, metric)} more just now`,
  kind: (kind) => KINDS[kind],
  month,
  unfinished: (_month, today) =>
    `only ${monthAndDay(today)[1]} ${monthAndDay(today)[1] === 1 ? 'day' : 'days'} so far`,
  range: (low, high, metric) => `usual ${low}–${grouped(high)} ${unit(metric)}`,
  days({ from, to }) {
    if (from.slice(0, 4) === to.slice(0, 4)) {
      return from.endsWith('-01-01') && to.endsWith('-12-31')
        ? from.slice(0, 4)
        : `${dayWords(from)}–${dayWords(to)}`
    }
    return `${dayWords(from)} ${from.slice(0, 4)}–${dayWords(to)} ${to.slice(0, 4)}`
  },
  unit,
}
