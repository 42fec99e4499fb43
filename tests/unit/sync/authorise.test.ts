import { describe, expect, it } from 'vitest'
import type { Placed } from '#domain/access/grant.ts'
import { ROLES, type Role } from '#domain/access/role.ts'
import { KindSchema } from '#domain/record/kind.ts'
import { authorise } from '#sync/authorise.ts'
import type { Op } from '#sync/protocol/op.ts'
import { makeOp } from '#tests/support/make-op.ts'
import {
  makeGrants,
  makePlaced,
  makeRights,
  ME,
  OTHER_VILLAGE,
  RECORD,
  TODAY,
  TOWNSHIP,
  VILLAGE,
} from '#tests/support/make-rights.ts'

const roles = Object.keys(ROLES) as Role[]
const may = (role: Role, op: Partial<Op>, record: Placed | null, region = VILLAGE) =>
  authorise(makeRights({ grants: makeGrants(role, region) }), makeOp(op), record, TODAY).ok

describe('who may do what', () => {
  it.each([
    ['dispute', ['mediator', 'understander', 'clerk']],
    ['meeting', ['mediator', 'clerk']],
    ['outreach', ['mediator', 'understander', 'clerk', 'coordinator']],
    ['lead', ['mediator', 'understander', 'clerk', 'coordinator']],
    ['service', ['mediator', 'understander', 'clerk', 'coordinator']],
    ['screening', ['mediator', 'understander', 'clerk', 'coordinator']],
    ['attachment', ['mediator', 'understander', 'clerk', 'coordinator']],
    ['register.person', ['clerk', 'coordinator', 'administrator']],
    ['register.organisation', ['clerk', 'coordinator', 'administrator']],
  ])('[D-26] making a %s: %s', (kind, allowed) => {
    expect(roles.filter((role) => may(role, { e: [kind, RECORD] }, null))).toEqual(allowed)
  })

  it('[D-26] nothing is made outside the own region or before and after the post', () => {
    for (const role of roles)
      for (const kind of KindSchema.options)
        expect(may(role, { e: [kind, RECORD], r: OTHER_VILLAGE }, null), `${role} ${kind}`).toBe(false)
    const held = makeRights({
      grants: makeGrants('mediator', VILLAGE, { from: '2026-11-01', to: '2026-11-20' }),
    })
    expect(authorise(held, makeOp(), null, '2026-11-20').ok).toBe(true)
    expect(authorise(held, makeOp(), null, '2026-11-21')).toEqual({ ok: false, reason: 'out-of-scope' })
  })

  it('[D-26] a committee works on its cases; who explains law and who counts do not', () => {
    const patch = { k: 'patch', b: 1, a: { place: '村东' } }
    expect(roles.filter((role) => may(role, patch, makePlaced(), TOWNSHIP))).toEqual(['mediator', 'clerk'])
  })

  it('[D-26] one’s own record may be changed, but not handed back by oneself', () => {
    const own = makePlaced({ recorder: ME })
    expect(may('understander', { k: 'patch', b: 1, a: {} }, own)).toBe(true)
    expect(may('understander', { k: 'dispute.return', b: 1 }, own)).toBe(false)
  })

  it('[D-26] the office hands back what was handed in to it, and nothing it sees as a skeleton', () => {
    const back = { k: 'dispute.return', b: 1 }
    expect(may('coordinator', back, makePlaced({ office: true }), TOWNSHIP)).toBe(true)
    expect(may('coordinator', back, makePlaced(), TOWNSHIP)).toBe(false)
    expect(may('mediator', back, makePlaced({ office: true }), TOWNSHIP)).toBe(false)
  })

  it('[D-26] not yours and not there are one answer', () => {
    const held = makeRights({ grants: makeGrants('mediator', OTHER_VILLAGE) })
    const patch = makeOp({ k: 'patch', b: 1 })
    expect(authorise(held, patch, makePlaced(), TODAY)).toEqual(authorise(held, patch, null, TODAY))
  })

  it('[D-26] a closed case is worked on by whom it was given to', () => {
    const closed = makePlaced({ lane: 'closed' })
    const patch = makeOp({ k: 'patch', b: 1 })
    const grants = makeGrants('mediator', VILLAGE)
    expect(authorise(makeRights({ grants }), patch, closed, TODAY).ok).toBe(false)
    const given = makeRights({ grants, records: [{ id: RECORD, from: '2026-01-01', to: null }] })
    expect(authorise(given, patch, closed, TODAY).ok).toBe(true)
  })
})
