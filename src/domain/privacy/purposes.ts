import type { Kind } from '../record/kind.ts'
import type { RetentionId } from './retention.ts'

/** What a field is written down for. */
export const WHAT_FOR = {
  who: { zh: '知道是哪家和哪家的事，叫得对人', en: 'to know whose matter it is' },
  identify: {
    zh: '协议、司法确认要写准是哪个人',
    en: 'to name the very person in an agreement or before a court',
  },
  happened: { zh: '把事情说清楚，谈得拢', en: 'to understand and settle the matter' },
  agreed: { zh: '记下说好了什么，办没办', en: 'to hold what was agreed and whether it was done' },
  handle: { zh: '知道谁在办、办到哪一步', en: 'to know who handles it and how far it is' },
  safety: {
    zh: '有暴力、有孩子、不愿声张的，关上门办',
    en: 'to shut the door where there is violence, a child, or a wish for silence',
  },
  told: { zh: '证明该告知的告知了、该同意的同意了', en: 'to show what people were told and agreed to' },
  paper: { zh: '和纸质本子、卷宗对得上', en: 'to match the paper book and file' },
  proof: { zh: '证明材料没被换过', en: 'to prove that a paper was not exchanged' },
  call: { zh: '有人找，能回得上话', en: 'to be able to answer whoever asked' },
  count: { zh: '年报和工作统计', en: 'for the yearly report and counts of work' },
  register: { zh: '让群众知道找谁', en: 'so that people know whom to turn to' },
  order: { zh: '几部手机上的记录对得齐', en: 'so that several phones agree on one record' },
} as const
export type WhatFor = keyof typeof WHAT_FOR

/** On what ground (个人信息保护法 art. 13; separate consent: arts. 29, 31). */
export const BASES = {
  duty: { zh: '履行人民调解、普法的法定职责', en: 'a duty given by statute: mediation, legal education' },
  consent: { zh: '当事人来找我们办事时同意', en: 'consent, when somebody asks to be helped' },
  separate: { zh: '单独同意', en: 'separate consent' },
} as const
export type Basis = keyof typeof BASES

/**
 * Whose it is, which decides what one person gets when they ask for theirs: `party` the entry of one side, `asker` who asked, `worker` whoever
 * did the work, `matter` about the case and nobody's own, `mixed` words that may speak of several people, `sealed` what is handed to nobody
 * by a machine, because only the server's own key opens it.
 */
export type Whose = 'party' | 'asker' | 'worker' | 'matter' | 'mixed' | 'sealed'

/**
 * Who sees it: `case` who may see the whole record (the committee; the office once it was handed over or shared), `outline` the
 * coordinators of the region as well, without names or words, `work` everybody who works in the region.
 */
export const SEEN = {
  case: {
    zh: '调委会办案的人；交到镇上后，管这件事的人',
    en: 'the committee; the office once it was handed over',
  },
  outline: {
    zh: '以上，再加本地协调员（不带姓名和话）',
    en: 'those, and coordinators of the region, without names or words',
  },
  work: { zh: '本地的调解员、明白人和协调员', en: 'mediators, understanders and coordinators of the region' },
} as const
export type Seen = keyof typeof SEEN

export interface Purpose {
  for: WhatFor
  basis: Basis
  whose: Whose
  seen: Seen
  kept: RetentionId
}

type Short = readonly [what: WhatFor, whose: Whose, seen?: Seen, basis?: Basis]

const lines = (
  kept: RetentionId,
  usual: { seen: Seen; basis: Basis },
  fields: Readonly<Record<string, Short>>,
): Readonly<Record<string, Purpose>> =>
  Object.fromEntries(
    Object.entries(fields).map(([field, [what, whose, seen = usual.seen, basis = usual.basis]]) => [
      field,
      { for: what, basis, whose, seen, kept },
    ]),
  )

const STAMPS = {
  recordedBy: ['handle', 'worker'],
  enteredAt: ['order', 'matter'],
  receivedAt: ['order', 'matter'],
} as const

/**
 * Every field of every record, nested ones by a dot: why it is there, on what ground, who sees it, how long (个人信息保护法 arts. 6, 17, 19).
 * A field without a line fails a test (TR-49): none is kept "for later".
 */
export const PURPOSES: Readonly<Record<Kind, Readonly<Record<string, Purpose>>>> = {
  dispute: lines(
    'closed-case',
    { seen: 'case', basis: 'consent' },
    {
      ...STAMPS,
      enteredAt: ['order', 'matter', 'outline'],
      receivedAt: ['order', 'matter', 'outline'],
      type: ['count', 'matter', 'outline', 'duty'],
      word: ['happened', 'matter', 'outline'],
      topic: ['happened', 'mixed'],
      'parties.id': ['order', 'party'],
      'parties.name': ['who', 'party'],
      'parties.kind': ['who', 'party'],
      'idNumbers.id': ['order', 'party'],
      'idNumbers.tail': ['identify', 'party', 'case', 'separate'],
      'idNumbers.key': ['order', 'matter', 'case', 'separate'],
      'idNumbers.box': ['identify', 'sealed', 'case', 'separate'],
      'idNumbers.agreedOn': ['told', 'party', 'case', 'separate'],
      facts: ['happened', 'mixed'],
      source: ['count', 'matter', 'outline', 'duty'],
      place: ['happened', 'mixed'],
      happenedOn: ['happened', 'matter', 'outline'],
      acceptedOn: ['handle', 'matter', 'outline', 'duty'],
      paperNo: ['paper', 'matter', 'outline', 'duty'],
      mediator: ['handle', 'worker', 'outline', 'duty'],
      mediatorName: ['handle', 'worker', 'case', 'duty'],
      stage: ['handle', 'matter', 'outline', 'duty'],
      flags: ['safety', 'matter', 'outline', 'duty'],
      rightsToldOn: ['told', 'matter', 'outline', 'duty'],
      'consent.notice': ['told', 'matter', 'case', 'duty'],
      'consent.on': ['told', 'matter', 'case', 'duty'],
      'consent.sensitive': ['told', 'matter', 'case', 'separate'],
      'consent.guardian': ['told', 'matter', 'case', 'separate'],
      'consent.photos': ['told', 'matter', 'case', 'separate'],
      'consent.hearers': ['told', 'matter'],
      'agreement.form': ['agreed', 'matter', 'outline', 'duty'],
      'agreement.agreedOn': ['agreed', 'matter', 'outline', 'duty'],
      'agreement.terms': ['agreed', 'mixed'],
      'agreement.performBy': ['agreed', 'matter'],
      'agreement.amountYuan': ['agreed', 'matter', 'outline'],
      'agreement.signedOn': ['agreed', 'matter', 'outline', 'duty'],
      failReason: ['happened', 'mixed'],
      settledOn: ['count', 'matter', 'outline', 'duty'],
      'performance.state': ['agreed', 'matter', 'outline'],
      'performance.on': ['agreed', 'matter', 'outline'],
      followUpDueOn: ['handle', 'matter', 'outline'],
      'followUps.id': ['order', 'matter'],
      'followUps.on': ['agreed', 'matter'],
      'followUps.holds': ['agreed', 'matter'],
      'followUps.note': ['agreed', 'mixed'],
      'confirmation.status': ['agreed', 'matter', 'outline', 'duty'],
      'confirmation.on': ['agreed', 'matter', 'outline', 'duty'],
      'review.state': ['handle', 'matter', 'case', 'duty'],
      'review.reason': ['handle', 'mixed', 'case', 'duty'],
      'review.on': ['handle', 'matter', 'case', 'duty'],
      closedOn: ['handle', 'matter', 'outline', 'duty'],
      'events.what': ['handle', 'matter'],
      'events.on': ['handle', 'matter'],
      'events.at': ['order', 'matter'],
      'events.by': ['handle', 'worker'],
      'events.note': ['handle', 'mixed'],
    },
  ),
  meeting: lines(
    'closed-case',
    { seen: 'case', basis: 'consent' },
    {
      ...STAMPS,
      dispute: ['order', 'matter'],
      on: ['handle', 'matter'],
      place: ['happened', 'mixed'],
      notes: ['happened', 'mixed'],
      helpers: ['handle', 'mixed'],
      flags: ['safety', 'matter'],
    },
  ),
  outreach: lines(
    'work',
    { seen: 'work', basis: 'duty' },
    {
      ...STAMPS,
      form: ['count', 'matter'],
      topic: ['count', 'matter'],
      title: ['count', 'matter'],
      on: ['count', 'matter'],
      place: ['count', 'matter'],
      sixEntries: ['count', 'matter'],
      campaign: ['count', 'matter'],
      speakers: ['count', 'worker'],
      attendances: ['count', 'matter'],
      countedHow: ['count', 'matter'],
      people: ['count', 'matter'],
      'materials.kind': ['count', 'matter'],
      'materials.count': ['count', 'matter'],
      note: ['count', 'mixed'],
      paperNo: ['paper', 'matter'],
      cancelled: ['order', 'matter'],
    },
  ),
  lead: lines(
    'closed-case',
    { seen: 'work', basis: 'consent' },
    {
      ...STAMPS,
      about: ['call', 'mixed'],
      from: ['call', 'asker'],
      phone: ['call', 'asker'],
      text: ['call', 'mixed'],
      channel: ['count', 'matter'],
      on: ['handle', 'matter'],
      stage: ['handle', 'matter'],
      takenBy: ['handle', 'worker'],
      outcome: ['handle', 'matter'],
      dispute: ['handle', 'matter'],
    },
  ),
  service: lines(
    'closed-case',
    { seen: 'work', basis: 'consent' },
    {
      ...STAMPS,
      kind: ['count', 'matter'],
      asked: ['call', 'mixed'],
      who: ['call', 'asker'],
      answer: ['handle', 'matter'],
      content: ['count', 'mixed'],
      on: ['count', 'matter'],
      paperNo: ['paper', 'matter'],
    },
  ),
  screening: lines(
    'work',
    { seen: 'work', basis: 'duty' },
    {
      ...STAMPS,
      where: ['count', 'matter'],
      households: ['count', 'matter'],
      found: ['count', 'matter'],
      note: ['handle', 'mixed'],
      on: ['count', 'matter'],
      paperNo: ['paper', 'matter'],
    },
  ),
  'register.person': lines(
    'work',
    { seen: 'work', basis: 'duty' },
    {
      name: ['register', 'worker'],
      woman: ['count', 'worker'],
      phone: ['register', 'worker'],
      'posts.as': ['register', 'worker'],
      'posts.organisation': ['register', 'worker'],
      'posts.member': ['count', 'worker'],
      'posts.from': ['count', 'worker'],
      'posts.to': ['count', 'worker'],
    },
  ),
  'register.organisation': lines(
    'work',
    { seen: 'work', basis: 'duty' },
    {
      sort: ['register', 'matter'],
      name: ['register', 'matter'],
      level: ['count', 'matter'],
      serves: ['register', 'matter'],
      from: ['count', 'matter'],
      to: ['count', 'matter'],
    },
  ),
  attachment: lines(
    'photo',
    { seen: 'case', basis: 'separate' },
    {
      ...STAMPS,
      enteredAt: ['order', 'matter', 'outline'],
      receivedAt: ['order', 'matter', 'outline'],
      of: ['order', 'matter'],
      sha256: ['proof', 'matter'],
      size: ['proof', 'matter'],
      mime: ['proof', 'matter'],
      name: ['proof', 'mixed'],
      thumb: ['happened', 'mixed'],
      takenOn: ['proof', 'matter', 'outline'],
      caption: ['happened', 'mixed'],
      seconds: ['proof', 'matter'],
      flags: ['safety', 'matter'],
      state: ['order', 'matter'],
      cancelled: ['order', 'matter'],
    },
  ),
}
