import { randomUUID } from 'node:crypto'
import type { Op } from '#sync/protocol/op.ts'
import { ALSO_NAUGHTY, NAUGHTY } from './fuzz/values.ts'

/** What would run if it were taken for markup or for an address: each tells by `hurt` or by asking for a name nobody serves. */
export const SCRIPTS: readonly string[] = [
  '<img src=x onerror=hurt=1>',
  '<svg onload=hurt=1>',
  '<script>hurt=1</script>',
  '"><script>hurt=1</script>',
  "'><img src=x onerror=hurt=1>",
  '<a href=javascript:hurt=1>按</a>',
  '<iframe srcdoc="<p>x">',
  '<style>*{color:red}</style>',
  '{{constructor.constructor("hurt=1")()}}',
  '${hurt=1}',
  '<base href=//localhost:9/>',
  '<meta http-equiv=refresh content=0>',
  '<form action=//localhost:9><input name=q>',
  '</title><script>hurt=1</script>',
  '<math><mi xlink:href=javascript:hurt=1>',
  '<object data=javascript:hurt=1>',
  'javascript:hurt=1',
  'data:text/html,<script>hurt=1</script>',
  '‮<b>tpircs</b>',
]

/** As far as a field takes it: whole signs, and no control signs but line breaks. */
const taken = (text: string): string =>
  Buffer.from(text.slice(0, 4000).replace(/[^\P{Cc}\n\t]/gu, ''))
    .toString()
    .replaceAll('\uFFFD', '')
const ALL: readonly string[] = [...SCRIPTS, ...NAUGHTY, ...ALSO_NAUGHTY]
  .map(taken)
  .filter((one) => one.trim() !== '')

/** Everything in as few texts of this length as it takes. */
export function texts(length: number): string[] {
  const all: string[] = []
  let text = ''
  for (const one of ALL) {
    if (text.length + one.length + 1 > length && text !== '') {
      all.push(text)
      text = ''
    }
    text += `${taken(one.slice(0, length - 1))}\n`
  }
  return [...all, text]
}

/** Ops that bring records of every kind whose every text is one of these; together they hold all of them. */
export function naughtyOps(phone: { village: string; n: number }): {
  ops: Op[]
  dispute: string
  outreach: string
  lead: string
} {
  const ops: Op[] = []
  const short = (at: number, length: number) => (SCRIPTS[at % SCRIPTS.length] ?? '').slice(0, length)
  const make = (kind: string, a: Record<string, unknown>, k = 'create') => {
    const id = randomUUID()
    ops.push({
      i: randomUUID(),
      n: ++phone.n,
      k,
      v: 1,
      e: [kind, id],
      r: phone.village,
      b: 0,
      a,
      t: [Date.now() - 60_000, 1, 0],
    })
    return id
  }
  const long = texts(4900)
  let dispute = ''
  let outreach = ''
  let lead = ''
  for (const [i, text] of long.entries()) {
    dispute = make('dispute', {
      type: 'D18',
      word: '',
      topic: short(i, 60),
      parties: [
        { id: randomUUID(), name: short(i, 50), kind: 'person' },
        { id: randomUUID(), name: short(i + 1, 50), kind: 'person' },
      ],
      facts: text,
      source: 'S1',
      place: short(i + 2, 100),
      happenedOn: '2026-11-20',
      acceptedOn: '2026-11-20',
      paperNo: short(i + 3, 40),
      mediator: null,
      mediatorName: short(i + 4, 50),
      flags: [],
    })
    make('meeting', {
      dispute,
      on: '2026-11-20',
      place: short(i, 100),
      notes: text,
      helpers: [short(i + 5, 50)],
    })
    lead = make('lead', {
      about: short(i, 60),
      from: short(i + 1, 50),
      phone: short(i + 2, 30),
      text,
      channel: 'villager',
      on: '2026-11-20',
    })
    make('service', {
      kind: 'question',
      asked: text,
      who: short(i, 50),
      answer: 'answered',
      content: short(i + 1, 80),
      on: '2026-11-20',
      paperNo: short(i + 2, 40),
    })
    make('screening', {
      where: short(i, 100),
      households: 3,
      found: 1,
      note: text,
      on: '2026-11-20',
      paperNo: short(i, 40),
    })
  }
  for (const [i] of SCRIPTS.entries())
    outreach = make(
      'outreach',
      {
        form: 'yard',
        topic: short(i, 80),
        title: short(i, 80),
        on: '2026-11-20',
        place: short(i + 1, 100),
        sixEntries: 'village',
        campaign: short(i + 2, 60),
        speakers: [short(i + 3, 50)],
        attendances: 30,
        countedHow: 'counted',
        people: null,
        materials: [{ kind: short(i + 4, 30), count: 1 }],
        note: long[i % long.length] ?? '',
        paperNo: short(i + 5, 40),
      },
      'outreach.log',
    )
  return { ops, dispute, outreach, lead }
}
