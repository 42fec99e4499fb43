import * as fc from 'fast-check'
import type { Body } from '#domain/record/kind.ts'
import { addDays } from '#domain/time/day.ts'
import { makeAgreement, makeDispute } from '../make-dispute.ts'
import { makeOutreach } from '../make-outreach.ts'
import type { Planted } from './desk-world.ts'

export const REGIONS = [
  ['999901000000', '示例县'],
  ['999901101000', '青石镇（示例）'],
  ['999901101201', '石桥村（示例）'],
  ['999901101202', '东山村（示例）'],
  ['999901102000', '白沙乡（示例）'],
  ['999901102201', '北塘社区（示例）'],
  ['999902000000', '邻县（示例）'],
  ['999902101000', '邻乡（示例）'],
  ['999902101201', '邻村（示例）'],
] as const

const day = fc.integer({ min: 0, max: 900 }).map((n) => addDays('2024-06-01', n))
const region = fc.constantFrom('999901000000', '999901101000', '999901101201', '999901101202', '999901102201')
const flags = fc.constantFrom([], [], [], ['violence'], ['minor'], ['private'], ['group'])

const dispute: fc.Arbitrary<Body> = fc
  .record({
    acceptedOn: day,
    after: fc.nat(60),
    flags,
    type: fc.constantFrom('D01', 'D02', 'D07', 'D15'),
    source: fc.constantFrom('S1', 'S2', 'S3', 'S4'),
    stage: fc.constantFrom('open', 'agreed', 'failed', 'escalated', 'closed', 'cancelled'),
    agreed: fc.boolean(),
    confirmation: fc.constantFrom('none', 'applied', 'valid', 'dismissed'),
  })
  .map(({ acceptedOn, after, agreed, confirmation, stage, ...rest }) => {
    const later = addDays(acceptedOn, after)
    const over = stage !== 'open' && stage !== 'escalated'
    return makeDispute({
      ...rest,
      acceptedOn,
      stage,
      flags: rest.flags as [],
      settledOn: over ? later : null,
      agreement: agreed && over ? makeAgreement({ agreedOn: later }) : null,
      confirmation: confirmation === 'none' ? null : { status: confirmation as 'valid', on: later },
    })
  })

const outreach: fc.Arbitrary<Body> = fc
  .record({
    on: day,
    attendances: fc.nat(300),
    cancelled: fc.boolean(),
    countedHow: fc.constantFrom('counted', 'signed', 'estimated'),
  })
  .map((one) => makeOutreach(one as never))

const span = fc
  .record({ from: day, length: fc.option(fc.nat(300), { nil: null }) })
  .map(({ from, length }) => ({
    from,
    to: length === null ? null : addDays(from, length),
  }))

const person: fc.Arbitrary<Body> = fc
  .array(fc.tuple(fc.constantFrom('mediator', 'understander', 'clerk'), span), { maxLength: 4 })
  .map((posts) => ({
    name: '示例人',
    woman: null,
    phone: '',
    posts: posts.map(([as, one]) => ({ as, organisation: null, member: false, ...one })),
  }))

const organisation: fc.Arbitrary<Body> = fc
  .tuple(fc.constantFrom('committee', 'studio', 'team', 'office'), span)
  .map(([sort, one]) => ({ sort, name: '示例单位', level: null, serves: [], ...one }))

const kindOf = (kind: string, body: fc.Arbitrary<Body>) =>
  fc.record({ kind: fc.constant(kind), id: fc.uuid({ version: 7 }), region, body })

/** Records of every kind that counts, somewhere in an invented county, with every state that decides whether they count. */
export const anyRecords: fc.Arbitrary<Planted[]> = fc.uniqueArray(
  fc.oneof(
    kindOf('dispute', dispute),
    kindOf('dispute', dispute),
    kindOf('outreach', outreach),
    kindOf('register.person', person),
    kindOf('register.organisation', organisation),
  ),
  { selector: (one) => one.id, minLength: 1, maxLength: 40 },
)

/** A period inside and around the days on which the records fall. */
export const anyPeriod = fc
  .tuple(day, fc.nat(500))
  .map(([from, length]) => ({ from, to: addDays(from, length) }))
