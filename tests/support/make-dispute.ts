import type { Agreement, Dispute } from '#domain/dispute/dispute.ts'

export const WANG = '01912345-0000-7000-8000-00000000000a'
export const LI = '01912345-0000-7000-8000-00000000000b'
export const MEDIATOR = '01912345-0000-7000-8000-0000000000aa'

/** A valid dispute between two invented families; a test names only what it is about. */
export const makeDispute = (over: Partial<Dispute> = {}): Dispute => ({
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
  enteredAt: 1_793_577_600_000,
  receivedAt: null,
  paperNo: '石桥 2026–A017',
  mediator: MEDIATOR,
  mediatorName: '赵春梅',
  recordedBy: MEDIATOR,
  stage: 'open',
  flags: [],
  rightsToldOn: null,
  agreement: null,
  failReason: null,
  settledOn: null,
  performance: null,
  followUpDueOn: null,
  followUps: [],
  confirmation: null,
  review: null,
  closedOn: null,
  events: [],
  ...over,
})

export const makeAgreement = (over: Partial<Agreement> = {}): Agreement => ({
  form: 'oral',
  agreedOn: '2026-11-03',
  terms: '两家一起疏通水沟',
  performBy: null,
  amountYuan: null,
  signedOn: null,
  ...over,
})
