import type { DeskRow } from '#domain/desk/overview.ts'
import { matterOf, textOf, typeWords } from './row-words.ts'

type Translate = (key: string, values?: Record<string, unknown>) => string

/** What turns values into words: translation, a day, a moment, the language. */
export interface FactWords {
  t: Translate
  day(day: string): string
  moment(at: number): string
  locale: string
}

/** One line of a record: the key of its label in `desk.fact`, and its value in words. */
export interface Fact {
  label: string
  value: string
}

type Body = Readonly<Record<string, unknown>>
const part = (body: Body, key: string): Body =>
  typeof body[key] === 'object' && body[key] !== null ? (body[key] as Body) : {}
const yuan = (value: unknown): string => (typeof value === 'number' ? value.toLocaleString('en-US') : '')
const list = (value: unknown): Body[] => (Array.isArray(value) ? (value as Body[]) : [])

function ofDispute(body: Body, { t, day, locale }: FactWords): [string, string][] {
  const agreement = part(body, 'agreement')
  const known = (path: string, code: string) => (code === '' ? '' : t(`${path}.${code}`))
  const on = (key: string) => (textOf(body, key) === '' ? '' : day(textOf(body, key)))
  return [
    ['matter', matterOf(body, locale)],
    ['type', typeWords(textOf(body, 'type'), locale)],
    ['paperNo', textOf(body, 'paperNo')],
    ['stage', known('desk.stage', textOf(body, 'stage'))],
    ['source', known('desk.source', textOf(body, 'source'))],
    [
      'parties',
      list(body['parties'])
        .map((one) => textOf(one, 'name'))
        .join(t('desk.comma')),
    ],
    ['facts', textOf(body, 'facts')],
    ['happenedOn', on('happenedOn')],
    ['acceptedOn', on('acceptedOn')],
    ['settledOn', on('settledOn')],
    ['agreement', known('desk.form', textOf(agreement, 'form'))],
    ['terms', textOf(agreement, 'terms')],
    ['amount', yuan(agreement['amountYuan']) && t('desk.yuan', { n: yuan(agreement['amountYuan']) })],
    ['signedOn', textOf(agreement, 'signedOn') && day(textOf(agreement, 'signedOn'))],
    ['failReason', textOf(body, 'failReason')],
    ['performance', known('desk.performance', textOf(part(body, 'performance'), 'state'))],
    ['confirmation', known('desk.confirmation', textOf(part(body, 'confirmation'), 'status'))],
    ['followUpDueOn', on('followUpDueOn')],
    ['mediator', textOf(body, 'mediatorName')],
    ['closedOn', on('closedOn')],
  ]
}

function ofOutreach(body: Body, { t, day }: FactWords): [string, string][] {
  const n = body['attendances']
  const how = textOf(body, 'countedHow')
  return [
    ['title', textOf(body, 'title')],
    ['on', textOf(body, 'on') && day(textOf(body, 'on'))],
    ['spot', textOf(body, 'place')],
    ['attendances', typeof n === 'number' ? t('desk.row.heads', { n }) : ''],
    ['countedHow', how && t(`desk.counted.${how}`)],
    ['speakers', Array.isArray(body['speakers']) ? body['speakers'].join(t('desk.comma')) : ''],
    ['note', textOf(body, 'note')],
  ]
}

function ofLead(body: Body, { t, day }: FactWords): [string, string][] {
  return [
    ['about', textOf(body, 'about')],
    ['stage', textOf(body, 'stage') && t(`desk.leadStage.${textOf(body, 'stage')}`)],
    ['from', textOf(body, 'from')],
    ['text', textOf(body, 'text')],
    ['on', textOf(body, 'on') && day(textOf(body, 'on'))],
  ]
}

function ofRegister(body: Body, { t, day }: FactWords): [string, string][] {
  const posts = list(body['posts']).map((one) => {
    const till = textOf(one, 'to') === '' ? t('desk.goesOn') : day(textOf(one, 'to'))
    return `${t(`desk.post.${textOf(one, 'as')}`)} ${day(textOf(one, 'from'))}–${till}`
  })
  const sort = textOf(body, 'sort')
  return [
    ['name', textOf(body, 'name')],
    ['sort', sort && t(`desk.sort.${sort}`)],
    ['posts', posts.join(t('desk.comma'))],
    ['since', textOf(body, 'from') && day(textOf(body, 'from'))],
    ['until', textOf(body, 'to') && day(textOf(body, 'to'))],
  ]
}

function rawFacts(row: DeskRow, words: FactWords): [string, string][] {
  if (row.kind === 'dispute') return ofDispute(row.body, words)
  if (row.kind === 'outreach') return ofOutreach(row.body, words)
  if (row.kind === 'lead') return ofLead(row.body, words)
  return row.kind.startsWith('register.') ? ofRegister(row.body, words) : [['note', textOf(row.body, 'note')]]
}

/** What can be said of a record: only lines that have something in them, so that a skeleton is short and not full of gaps. */
export function factsOf(row: DeskRow, words: FactWords): Fact[] {
  const facts: [string, string][] = [...rawFacts(row, words), ['arrived', words.moment(row.at)]]
  return facts.filter(([, value]) => value !== '').map(([label, value]) => ({ label, value }))
}
