import type { RetentionId } from '#domain/privacy/retention.ts'

/** What a column is there for. */
export const COLUMN_FOR = {
  who: { zh: '知道是谁在办事', en: 'to know who works here' },
  enter: { zh: '证明进来的是本人', en: 'to be sure that it is them who come in' },
  may: { zh: '定下谁能看什么、能办什么', en: 'to say who may see and do what' },
  phone: {
    zh: '手机丢了能锁，交没交齐看得到',
    en: 'to lock a lost phone, and to see whether all of it was handed in',
  },
  trace: { zh: '谁看过、谁办过，查得到', en: 'to find out who saw or did what' },
  answer: { zh: '有人来说事，能给回音', en: 'to be able to answer whoever wrote' },
  keep: { zh: '依法要留的留住', en: 'to keep back what the law says must stay' },
  hand: { zh: '交上来的东西不丢、不重', en: 'so that what is handed in is neither lost nor doubled' },
} as const
type ColumnFor = keyof typeof COLUMN_FOR

/**
 * Who reads it: `self` the person, `office` the person and whoever may give them their office, `desk` coordinators of the place, `auditor` who
 * reads the log, `server` nobody.
 */
export const COLUMN_SEEN = {
  self: { zh: '本人', en: 'the person' },
  office: { zh: '本人和管这个职务的人', en: 'the person, and whoever may give them their office' },
  desk: { zh: '本地协调员', en: 'coordinators of the place' },
  auditor: { zh: '审计员', en: 'the auditor' },
  server: { zh: '只有服务器用，谁也看不到', en: 'the server alone' },
} as const
type ColumnSeen = keyof typeof COLUMN_SEEN

export interface PeopleTable {
  seen: ColumnSeen
  kept: RetentionId
  columns: Readonly<Partial<Record<ColumnFor, string>>>
}

/**
 * Every column that holds something of people beside the records (those are in `#domain/privacy/purposes.ts`): what for, who reads it, how long
 * (个人信息保护法 arts. 6, 17, 19). Columns are named between blanks. A column without a place here fails a test (TR-49).
 */
export const PEOPLE_TABLES: Readonly<Record<string, PeopleTable>> = {
  person: { seen: 'office', kept: 'work', columns: { who: 'id name created_at' } },
  account: {
    seen: 'server',
    kept: 'work',
    columns: { who: 'id person state created_at demo', enter: 'username password seed last_step recovery' },
  },
  device: {
    seen: 'office',
    kept: 'work',
    columns: {
      who: 'id account mark village sort',
      enter: 'public_key',
      phone:
        'state app last_seen last_answer_at out oldest dead blobs clock_off created_at made_at greeted packed_to acked_n',
    },
  },
  device_order: { seen: 'office', kept: 'work', columns: { phone: 'device n sort by_person obeyed_at' } },
  role_grant: {
    seen: 'office',
    kept: 'work',
    columns: { may: 'id person role region lanes view from_day to_day organisation' },
  },
  record_grant: {
    seen: 'desk',
    kept: 'closed-case',
    columns: { may: 'person record from_day to_day county kind', trace: 'reason given_by' },
  },
  scope_rev: { seen: 'server', kept: 'work', columns: { may: 'person rev' } },
  session: {
    seen: 'self',
    kept: 'session',
    columns: {
      enter:
        'id person device sort made_at used_at token_at token_hash successor_hash replaced_hash replaced_at proved_at',
      trace: 'ended_at ended_for',
    },
  },
  login_guard: { seen: 'server', kept: 'session', columns: { enter: 'key failures last_at' } },
  invitation: {
    seen: 'office',
    kept: 'session',
    columns: {
      who: 'id name person',
      may: 'role region',
      enter:
        'code_hash finder typed_hash made_at expires_at tries state words poll_hash token_hash public_key known_device device',
      trace: 'by_person',
    },
  },
  card: {
    seen: 'office',
    kept: 'session',
    columns: {
      who: 'id name',
      may: 'role region',
      enter: 'code_hash finder typed_hash made_at expires_at tries state token_hash device',
      trace: 'by_person',
    },
  },
  desk_setup: {
    seen: 'self',
    kept: 'session',
    columns: { enter: 'code_hash person username seed expires_at used_at' },
  },
  feedback: { seen: 'desk', kept: 'session', columns: { answer: 'id sort body contact region at' } },
  demo_person: { seen: 'server', kept: 'work', columns: { enter: 'place person' } },
  audit: {
    seen: 'auditor',
    kept: 'audit',
    columns: {
      trace: 'seq at actor device role action object_kind object_id region outcome request_id reason',
      keep: 'prev_hash hash chain place',
    },
  },
  emergency: {
    seen: 'desk',
    kept: 'session',
    columns: {
      may: 'id county kind record region until_at with_person opened_at',
      trace: 'person reason asked_at owners seen_by',
    },
  },
  legal_hold: {
    seen: 'desk',
    kept: 'audit',
    columns: {
      keep: 'id county kind record region reason until',
      trace: 'set_by set_with set_at lifted_by lifted_with lifted_at',
    },
  },
  op_refused: {
    seen: 'desk',
    kept: 'refused',
    columns: {
      hand: 'county device n person region lane op code state at',
      answer: 'asked_at given_up_at note decision decided_at decided_by answer',
    },
  },
  op_receipt: {
    seen: 'server',
    kept: 'receipt',
    columns: { hand: 'county device n op_hash outcome detail seq rv at' },
  },
  field_loss: {
    seen: 'desk',
    kept: 'closed-case',
    columns: { hand: 'county kind id field rv value who at resolved_by' },
  },
  dropbox: {
    seen: 'server',
    kept: 'dropbox',
    columns: { hand: 'seq device n sealed state received_at item as_device as_n' },
  },
  attachment: {
    seen: 'server',
    kept: 'photo',
    columns: { hand: 'county id kind record sha256 size mime device state stored_at' },
  },
  upload: {
    seen: 'server',
    kept: 'photo',
    columns: { hand: 'id device person mime size at pieces counties state created_at touched_at' },
  },
  upload_lease: { seen: 'server', kept: 'photo', columns: { hand: 'id device token held_until wanted' } },
}

/** Tables that hold nothing of anybody, and why; and the records' own, whose fields have a table of their own. */
export const NOBODYS_TABLES: Readonly<Record<string, string>> = {
  record: 'fields of records have a line each in the table of purposes',
  record_home: 'which county a record is in',
  scope_exit: 'that a record left a county’s sight, by its number',
  region_digest: 'sums over records of a village',
  rollup: 'numbers of a village and day',
  rollup_up: 'numbers of a place and day',
  rollup_kept: 'numbers of a village and day that erased records left',
  rollup_repair: 'a number that was put right',
  receipt_pack: 'fingerprints of what was handed in, a year later',
  erasure: 'numbers of records that were erased, so that no backup brings them back',
  erased_content: 'fingerprints of files that are to go',
  region: 'villages and their names',
  sync_meta: 'which history this is',
  sync_stream: 'how long a county’s ledger is',
  job: 'what the server did by itself',
  mb_migration: 'which changes this database has had',
  installation_mark: 'whether this was a demonstration',
  accounts_rev: 'a counter',
  audit_head: 'where the chains of the log end',
}
