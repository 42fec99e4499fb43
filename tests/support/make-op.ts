import type { Op } from '#sync/protocol/op.ts'
import { RECORD, VILLAGE } from './make-rights.ts'
import { LI, MEDIATOR, WANG } from './make-dispute.ts'

/** A valid op; by default it makes a dispute as the quick form does. */
export const makeOp = (over: Partial<Op> = {}): Op => ({
  i: '01912345-0000-7000-8000-00000000e001',
  n: 1,
  k: 'create',
  v: 1,
  e: ['dispute', RECORD],
  r: VILLAGE,
  b: 0,
  a: {
    type: 'D02',
    word: 'drain',
    topic: '',
    parties: [
      { id: WANG, name: '王长顺', kind: 'person' },
      { id: LI, name: '李二保', kind: 'person' },
    ],
    facts: '',
    source: 'S1',
    place: '',
    happenedOn: '2026-11-02',
    acceptedOn: '2026-11-02',
    paperNo: '石桥 2026–A017',
    mediator: MEDIATOR,
    mediatorName: '赵春梅',
    flags: [],
  },
  t: [1_793_577_600_000, 1000, 0],
  ...over,
})
