import { createHash } from 'node:crypto'
import { correctedTime } from '#sync/fold/corrected-time.ts'
import { fold } from '#sync/fold/fold.ts'
import type { RecordState } from '#sync/fold/state.ts'
import { opHash } from '#sync/protocol/op-hash.ts'
import type { Op } from '#sync/protocol/op.ts'
import { newAttachment } from '#tests/support/make-attachment.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { makeOutreach } from '#tests/support/make-outreach.ts'
import { LI, WANG } from '#tests/support/make-dispute.ts'
import { ME, OTHER_VILLAGE, SOMEBODY, TODAY } from '#tests/support/make-rights.ts'
import type { OutboxFixture } from './landed.ts'

const DEVICE = 7
const idOf = (n: number) => `01912345-0000-7000-8000-0000000${String(n).padStart(5, '0')}`
const on = TODAY
const file = newAttachment()

/** Every op of the catalogue at least once, as people would make them. */
function story(): Partial<Op>[] {
  const dispute = (k: string, a: Op['a'], record = 1): Partial<Op> => ({
    k,
    a,
    e: ['dispute', idOf(record)],
    b: 1,
  })
  const make = (kind: string, record: number, a: Op['a'], k = 'create'): Partial<Op> => ({
    k,
    a,
    e: [kind, idOf(record)],
    b: 0,
  })
  const consent = { notice: '2026-11', on, sensitive: 'yes', guardian: '', photos: 'no', hearers: 'parties' }
  const agree = { on, form: 'written', terms: '一起疏通水沟', performBy: null, amountYuan: 800 }
  return [
    make('dispute', 1, makeOp().a),
    dispute('patch', { place: '村东', facts: '水沟堵了' }),
    dispute('set.add', { set: 'parties', item: { id: SOMEBODY, name: '阿依古丽·买买提', kind: 'person' } }),
    dispute('set.remove', { set: 'parties', id: LI }),
    dispute('dispute.tell', { on }),
    dispute('dispute.agree', agree),
    dispute('dispute.write', { on, terms: '各修一半', performBy: '2026-12-20', amountYuan: 400 }),
    dispute('dispute.sign', { on }),
    dispute('dispute.perform', { on, state: 'part', note: '修了一半' }),
    dispute('dispute.follow-up', { on, id: WANG, holds: true, note: '都好', nextOn: null }),
    dispute('dispute.confirm', { on, status: 'valid' }),
    dispute('dispute.assign', { on, mediator: SOMEBODY, name: '李德厚' }),
    dispute('dispute.submit', { on }),
    dispute('dispute.return', { on, reason: '缺签名' }),
    dispute('dispute.close', { on, note: '' }),
    make('dispute', 2, { ...makeOp().a, type: 'D15', word: '', topic: '放炮仗' }),
    dispute('dispute.fail', { on, reason: '没谈拢' }, 2),
    dispute('dispute.resume', { on, note: '又来谈' }, 2),
    dispute('dispute.escalate', { on, note: '请镇上帮忙' }, 2),
    make('dispute', 3, makeOp().a),
    dispute('dispute.cancel', { on, note: '记重了' }, 3),
    make('outreach', 4, makeOutreach(), 'outreach.log'),
    make('lead', 5, { about: '排水', from: '王长顺', phone: '', text: '', channel: 'villager', on }),
    { k: 'lead.take', a: {}, e: ['lead', idOf(5)], b: 1 },
    { k: 'lead.settle', a: { outcome: 'dispute', dispute: idOf(1) }, e: ['lead', idOf(5)], b: 2 },
    make('meeting', 6, { dispute: idOf(1), on, place: '村委会', notes: '谈了一上午', helpers: ['陈小满'] }),
    make('service', 7, {
      kind: 'question',
      asked: '彩礼退不退',
      who: '',
      answer: 'answered',
      content: 'caili',
      on,
      paperNo: '',
    }),
    make('screening', 8, { where: '村西', households: 12, found: 0, note: '', on, paperNo: '' }),
    make('register.person', 9, {
      name: '赵春梅',
      woman: true,
      phone: '',
      posts: [{ as: 'mediator', organisation: null, member: true, from: '2024-01-01', to: null }],
    }),
    make('register.organisation', 10, {
      sort: 'committee',
      name: '石桥村调委会',
      level: 'village',
      serves: [],
      from: '2024-01-01',
      to: null,
    }),
    make('attachment', 11, file, 'attachment.add'),
    ...['attachment.stored', 'attachment.awaited', 'attachment.failed'].map((k) => ({
      k,
      a: { sha256: file.sha256 },
      e: ['attachment', idOf(11)] as [string, string],
      b: 1,
    })),
    make('dispute', 12, makeOp().a),
    dispute('dispute.transfer', { on, region: OTHER_VILLAGE, note: '' }, 12),
    dispute('loss.settle', { field: 'facts', rv: 2 }, 12),
    // In the place of a refused one, and from a backup: what an op may say of where it comes from.
    { ...dispute('patch', { facts: '两家都说得通' }, 12), s: [DEVICE, 2], as: [6, 41], d: [40] },
    dispute('refusal.ask', { n: 2, device: DEVICE, note: '请帮我看看' }, 12),
    dispute('refusal.give-up', { n: 2, reason: '记重了' }, 12),
    { ...dispute('dispute.tell', { on, consent }, 2), v: 2 },
    dispute('dispute.identify', { party: WANG, number: { ...SEALED_NUMBER, agreedOn: on } }, 2),
  ]
}

/** An identity number as a phone hands it in: nobody here can open it, and it is no number of anybody. */
const SEALED_NUMBER = { tail: '123X', key: '0123456789abcdef', box: 'A'.repeat(120) }

const sha256 = async (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
export const hashOf = (op: Op): Promise<string> =>
  opHash(op, sha256, (text) => new TextEncoder().encode(text))

/** What ops come to, as the server folds them. Throws when one is refused or not known. */
export function replay(ops: readonly Op[]): OutboxFixture['records'] {
  const states = new Map<string, RecordState>()
  for (const op of ops) {
    const key = op.e.join('/')
    const state = states.get(key) ?? null
    const receivedAt = op.t[0] + 60_000
    const ctx = {
      author: ME,
      device: DEVICE,
      n: op.n,
      base: op.b,
      at: correctedTime(op.t, 0, receivedAt),
      receivedAt,
    }
    const done = fold(state, op, ctx)
    if (!done?.ok) throw new Error(`${op.k} (${op.n}): ${done?.reason ?? 'not known'}`)
    states.set(key, { ...done.value.state, rv: (state?.rv ?? 0) + 1 })
  }
  return Object.fromEntries([...states].map(([key, state]) => [key, state.body]))
}

export async function recordOutbox(): Promise<OutboxFixture> {
  const ops = story().map((one, at) =>
    makeOp({ ...one, i: idOf(1000 + at), n: at + 1, t: [1_795_226_400_000 + at * 1000, at * 1000, -250] }),
  )
  return {
    ops: await Promise.all(ops.map(async (op) => ({ op, hash: await hashOf(op) }))),
    records: replay(ops),
  }
}
