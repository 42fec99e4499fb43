/** What the deploying county decides; null: nobody decided yet, and nothing of it is erased by itself. Whole years. */
export interface KeepYears {
  /** Closed cases and settled requests, from their end on (MINGBAI_KEEP_CASES). */
  cases: number | null
  /** Pictures, sounds and papers, from the end of what they belong to (MINGBAI_KEEP_PHOTOS); null: as long as their record. */
  photos: number | null
}

/** How long a class is kept. */
export type Kept =
  | { by: 'days'; days: number }
  /** So many years after its end, as the county set. */
  | { by: 'setting'; years: keyof KeepYears }
  /** As long as it is in use. */
  | { by: 'use' }
  /** Never erased by itself. `atLeastYears`: what must not be undercut by hand either. */
  | { by: 'archive'; atLeastYears: number | null }

export interface RetentionClass {
  what: { zh: string; en: string }
  /** From when on the time runs. */
  from: { zh: string; en: string }
  kept: Kept
}

/**
 * How long everything is kept (个人信息保护法 art. 19: the shortest time that is necessary; arts. 47 and 72: statute and archive law go
 * first). One table for the night job, the documents and the tests (TR-48). Years of case files differ by county and are not invented
 * here: until they are set, closed cases stay.
 */
export const RETENTION = {
  draft: {
    what: { zh: '没写完的草稿', en: 'a draft' },
    from: {
      zh: '只在写的人手机上，写完或扔掉就没有了',
      en: 'only on the writer’s phone, until it is saved or thrown away',
    },
    kept: { by: 'use' },
  },
  'open-case': {
    what: { zh: '还没了结的纠纷、线索', en: 'a dispute or request that is still open' },
    from: { zh: '办结以前一直保存', en: 'kept until it is closed' },
    kept: { by: 'use' },
  },
  'closed-case': {
    what: {
      zh: '结了案、撤了的纠纷，办完的线索和咨询，连同调解记录',
      en: 'a closed or cancelled dispute with its sittings, a settled request, a question',
    },
    from: {
      zh: '从办结、最后一次记录、交到服务器三者中最晚的一天算起',
      en: 'from its end, its last entry or the day the server received it, whichever is latest',
    },
    kept: { by: 'setting', years: 'cases' },
  },
  photo: {
    what: { zh: '照片、录音、材料', en: 'a picture, a sound, a paper' },
    from: {
      zh: '从所属事情办结算起；没有单独规定的，跟着所属记录',
      en: 'from the end of what it belongs to; without a term of its own, as long as that',
    },
    kept: { by: 'setting', years: 'photos' },
  },
  refused: {
    what: { zh: '没被接收、也没办成的录入', en: 'an entry that was not accepted and came to nothing' },
    from: { zh: '从交上来那天算起', en: 'from the day it was handed in' },
    kept: { by: 'setting', years: 'cases' },
  },
  work: {
    what: {
      zh: '普法、走访的工作记录，人员和机构名册',
      en: 'a record of outreach or screening, the register of people and organisations',
    },
    from: { zh: '工作档案，不自动删除', en: 'archive of public work, never erased by itself' },
    kept: { by: 'archive', atLeastYears: null },
  },
  number: {
    what: { zh: '统计数字（不含姓名、事由，追不回具体记录）', en: 'numbers, which lead back to nobody' },
    from: { zh: '记录到期清除后，数字照旧', en: 'they stay when the records they counted are erased' },
    kept: { by: 'archive', atLeastYears: null },
  },
  audit: {
    what: { zh: '操作日志（只有编号和代码）', en: 'the log: ids and codes only' },
    from: { zh: '从记下那天算起，只增不减', en: 'from its entry on; it is only ever added to' },
    kept: { by: 'archive', atLeastYears: 6 },
  },
  session: {
    what: {
      zh: '登录、邀请、卡片、找回码的记录，群众留言',
      en: 'sessions, invitations, cards, set-up codes, login limits, feedback',
    },
    from: { zh: '从最后一次使用或过期算起', en: 'from its last use or its end' },
    kept: { by: 'days', days: 400 },
  },
  receipt: {
    what: { zh: '收件回执、移出和删除的空位', en: 'receipts, places that records left, empty places' },
    from: { zh: '从记下那天算起；之后回执只剩指纹', en: 'from its entry; of a receipt a fingerprint stays' },
    kept: { by: 'days', days: 400 },
  },
  dropbox: {
    what: {
      zh: '锁着的手机交上来、暂时打不开的密封内容',
      en: 'a sealed box that a locked phone handed in and that cannot be opened for now',
    },
    from: {
      zh: '从交上来那天算起；打得开的当时就照常办理，不留在这里',
      en: 'from the day it was handed in; what opens goes the way of all work and is not kept here',
    },
    kept: { by: 'days', days: 400 },
  },
  backup: {
    what: { zh: '夜间备份', en: 'a nightly backup' },
    from: {
      zh: '从做好那天算起，前提是有更新的完好备份',
      en: 'from its making, once a newer one was found whole',
    },
    kept: { by: 'days', days: 35 },
  },
} as const satisfies Record<string, RetentionClass>
export type RetentionId = keyof typeof RETENTION

/** Days after which a class goes that is kept by days. */
export const daysKept = (id: 'session' | 'receipt' | 'dropbox' | 'backup'): number => RETENTION[id].kept.days
