import { isMet, ratioOf, type Measurement } from './workload.ts'

const figure = (value: number): string =>
  value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toFixed(2)

const goalOf = (one: Measurement): string =>
  one.goal === null
    ? ''
    : `${one.goal.of === 'ratio' ? 'ratio ' : ''}${one.goal.is} ${figure(one.goal.limit)}`

const wordOf = (one: Measurement): string => {
  const met = isMet(one)
  return met === null ? '' : met ? 'met' : 'NOT MET'
}

/** The figures as a Markdown table, each beside its floor and its goal, met or not. */
export function tableOf(all: readonly Measurement[]): string {
  const rows = all.map((one) => {
    const ratio = ratioOf(one)
    return [
      one.w,
      one.name,
      `${figure(one.value)} ${one.unit}`,
      one.floor === null ? '' : figure(one.floor),
      ratio === null ? '' : ratio.toFixed(2),
      goalOf(one),
      wordOf(one),
    ]
  })
  const head = ['', 'what', 'measured', 'floor', 'ratio', 'goal', '']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
