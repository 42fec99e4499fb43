import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grantsOf } from '#domain/access/appointed.ts'
import { viewOf, type Rights } from '#domain/access/grant.ts'
import { provisionalRights } from '#domain/access/provisional.ts'
import { ROLES, type Role } from '#domain/access/role.ts'
import { scopeOf } from '#domain/access/scope.ts'
import {
  CARD_ROLES,
  mayInvite,
  regionsInvited,
  rolesToOffer,
  type Appointment,
} from '#domain/account/invite.ts'
import { authorise } from '#sync/authorise.ts'
import type { Op } from '#sync/protocol/op.ts'

const DAY = '2026-05-08'
const roleOf = fc.constantFrom(...(Object.keys(ROLES) as Role[]))
// A family of units: inside, above, beside, look-alike, and one cut off a level border.
const regionOf = fc.constantFrom(
  '9999',
  '9998',
  '999901',
  '999902',
  '999901101',
  '999901102',
  '9999011',
  '999901101001',
  '999901102001',
)
const appointmentOf: fc.Arbitrary<Appointment> = fc.record({
  role: roleOf,
  region: regionOf,
  from: fc.constantFrom('2020-01-01', '2026-05-08', '2026-05-09'),
  to: fc.constantFrom(null, '2026-05-07', '2026-05-08'),
})

describe('who may invite', () => {
  it('[TR-13] nobody invites above or beside the own region, nor into an office as high as the own', () => {
    let allowed = 0
    fc.assert(
      fc.property(fc.array(appointmentOf, { maxLength: 4 }), roleOf, regionOf, (held, role, region) => {
        const asked = mayInvite(held, role, region, DAY)
        if (asked) allowed++
        const inside = held.filter(
          (one) =>
            ROLES[one.role].invites &&
            region.startsWith(one.region) &&
            one.from <= DAY &&
            (one.to === null || DAY <= one.to),
        )
        const below = inside.some((one) => one.region.length < region.length)
        const enough =
          role === 'coordinator'
            ? below || inside.some((one) => one.role === 'administrator')
            : ROLES[role].invites
              ? below
              : inside.length > 0
        expect(!asked || enough).toBe(true)
      }),
      { numRuns: 3000 },
    )
    expect(allowed).toBeGreaterThan(50)
  })

  it('[TR-13] a township coordinator invites the village, not the county, not the next town', () => {
    const held: Appointment[] = [{ role: 'coordinator', region: '999901101', from: '2020-01-01', to: null }]
    expect(mayInvite(held, 'mediator', '999901101001', DAY)).toBe(true)
    expect(mayInvite(held, 'coordinator', '999901101', DAY)).toBe(false)
    expect(mayInvite(held, 'mediator', '999901102001', DAY)).toBe(false)
    expect(mayInvite(held, 'coordinator', '999901', DAY)).toBe(false)
    expect(mayInvite(held, 'administrator', '999901101', DAY)).toBe(false)
    expect(rolesToOffer(held, '999901101', DAY)).toEqual(['mediator', 'understander', 'clerk'])
    expect(regionsInvited(held, DAY)).toEqual(['999901101'])
    expect(
      regionsInvited([{ role: 'mediator', region: '999901101001', from: '2020-01-01', to: null }], DAY),
    ).toEqual([])
  })

  it('[TR-13] a card carries no office', () => {
    for (const role of CARD_ROLES) expect(ROLES[role].desk).toBe(false)
  })
})

describe('a device nobody has confirmed', () => {
  const person = '01890a5d-ac96-7000-8000-000000000001'
  const other = '01890a5d-ac96-7000-8000-000000000002'
  const record = '01890a5d-ac96-7000-8000-000000000003'
  const full: Rights = {
    person,
    grants: grantsOf([
      { role: 'mediator', region: '999901101001', from: '2020-01-01', to: null },
      { role: 'coordinator', region: '999901101', from: '2020-01-01', to: null },
    ]),
    records: [{ id: record, from: '2020-01-01', to: null }],
  }
  const op = (k: string, kind: string): Op => ({
    i: record,
    n: 1,
    k,
    v: 1,
    e: [kind, record],
    r: '999901101001',
    b: 0,
    a: {},
    t: [0, 0, 0],
  })

  it('[TR-26] writes at once and sees only its own work', () => {
    const rights = provisionalRights(full)
    const scope = scopeOf(rights, DAY)
    expect(Object.values(scope.full).flat()).toEqual([])
    expect(Object.values(scope.skeleton).flat()).toEqual([])
    expect([...scope.office, ...scope.records]).toEqual([])
    expect(authorise(rights, op('dispute.create', 'dispute'), null, DAY).ok).toBe(true)
    expect(authorise(rights, op('x.create', 'outreach'), null, DAY).ok).toBe(true)
    const placed = { id: record, region: '999901101001', lane: 'casework' as const, office: true }
    expect(viewOf(rights, { ...placed, recorder: person }, DAY)).toBe('full')
    expect(viewOf(rights, { ...placed, recorder: other }, DAY)).toBe(null)
    expect(viewOf(full, { ...placed, recorder: other }, DAY)).toBe('full')
    expect(authorise(rights, op('dispute.set', 'dispute'), { ...placed, recorder: other }, DAY).ok).toBe(
      false,
    )
  })

  it('[TR-26] brings no office power', () => {
    expect(authorise(provisionalRights(full), op('x.create', 'register.person'), null, DAY).ok).toBe(false)
    expect(authorise(full, op('x.create', 'register.person'), null, DAY).ok).toBe(true)
  })
})
