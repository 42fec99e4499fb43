import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isValidOn, viewOf, type Placed, type Rights } from '#domain/access/grant.ts'
import type { Lane, View } from '#domain/access/lane.ts'
import { ROLES, type Role } from '#domain/access/role.ts'
import { offlineRights, scopeOf, type Scope } from '#domain/access/scope.ts'
import { covers } from '#domain/region/code.ts'
import {
  COUNTY,
  makeGrants,
  makePlaced,
  makeRights,
  ME,
  OTHER_VILLAGE,
  RECORD,
  SOMEBODY,
  TODAY,
  TOWNSHIP,
  VILLAGE,
} from '#tests/support/make-rights.ts'

const LANES: Lane[] = ['casework', 'outreach', 'register', 'closed']
const roles = Object.keys(ROLES) as Role[]

const day = fc.integer({ min: 1, max: 28 }).map((one) => `2026-11-${String(one).padStart(2, '0')}`)
const grant = fc.record({
  role: fc.constantFrom(...roles),
  region: fc.constantFrom('99', '9999', COUNTY, TOWNSHIP, VILLAGE, OTHER_VILLAGE, '330825'),
  lanes: fc.subarray(LANES),
  view: fc.constantFrom<View>('full', 'skeleton'),
  from: day,
  to: fc.option(day),
})
const rights: fc.Arbitrary<Rights> = fc.record({
  person: fc.constant(ME),
  grants: fc.array(grant, { maxLength: 4 }),
  records: fc.array(fc.record({ id: fc.constantFrom(RECORD, SOMEBODY), from: day, to: fc.option(day) }), {
    maxLength: 2,
  }),
})
const placed: fc.Arbitrary<Placed> = fc.record({
  id: fc.constant(RECORD),
  region: fc.constantFrom(VILLAGE, OTHER_VILLAGE, '330825101201', '999901101000'),
  lane: fc.constantFrom(...LANES),
  recorder: fc.constantFrom(ME, SOMEBODY, null),
  office: fc.boolean(),
})

/** What a database that knows only the scope would show, comparing nothing but prefixes, ids and a flag. */
function shownBy(scope: Scope, record: Placed): View | null {
  const inside = (prefixes: readonly string[]) => prefixes.some((one) => covers(one, record.region))
  if (
    record.recorder === scope.person ||
    scope.records.includes(record.id) ||
    inside(scope.full[record.lane])
  )
    return 'full'
  if (record.office && record.lane === 'casework' && inside(scope.office)) return 'full'
  return inside(scope.skeleton[record.lane]) ? 'skeleton' : null
}

describe('who sees what', () => {
  it('[D-20] one’s own record is seen whole, in any lane and region and on any day', () => {
    fc.assert(
      fc.property(
        rights,
        placed,
        day,
        (held, record, on) => viewOf(held, { ...record, recorder: ME }, on) === 'full',
      ),
    )
  })

  it('[D-21] a closed record opens to no role', () => {
    for (const role of roles)
      for (const region of ['99', COUNTY, VILLAGE]) {
        const grants = makeGrants(role, region).map((one) => ({
          ...one,
          lanes: LANES,
          view: 'full' as const,
        }))
        expect(
          viewOf(makeRights({ grants }), makePlaced({ lane: 'closed', office: true }), TODAY),
          role,
        ).toBeNull()
      }
  })

  it('[D-21] a closed record opens by a grant of that record, while it lasts', () => {
    const held = makeRights({ records: [{ id: RECORD, from: '2026-11-01', to: '2026-11-20' }] })
    expect(viewOf(held, makePlaced({ lane: 'closed' }), '2026-11-20')).toBe('full')
    expect(viewOf(held, makePlaced({ lane: 'closed' }), '2026-11-21')).toBeNull()
    expect(viewOf(held, makePlaced({ lane: 'closed', id: SOMEBODY }), '2026-11-20')).toBeNull()
  })

  it('[D-23] a dispute handed to the office opens whole to its coordinator; otherwise its skeleton', () => {
    const held = makeRights({ grants: makeGrants('coordinator', TOWNSHIP) })
    expect(viewOf(held, makePlaced(), TODAY)).toBe('skeleton')
    expect(viewOf(held, makePlaced({ office: true }), TODAY)).toBe('full')
    expect(viewOf(held, makePlaced({ office: true, region: OTHER_VILLAGE }), TODAY)).toBeNull()
  })

  it('[D-24] the scope of a database says the same as the rule', () => {
    fc.assert(
      fc.property(rights, placed, day, (held, record, on) => {
        expect(shownBy(scopeOf(held, on), record)).toBe(viewOf(held, record, on))
      }),
      { numRuns: 2000 },
    )
  })

  it('[D-27] a further grant never takes anything away', () => {
    const rank = (view: View | null) => ['skeleton', 'full'].indexOf(view ?? '')
    fc.assert(
      fc.property(rights, grant, placed, day, (held, more, record, on) => {
        const wider = { ...held, grants: [...held.grants, more] }
        return rank(viewOf(wider, record, on)) >= rank(viewOf(held, record, on))
      }),
      { numRuns: 1000 },
    )
  })

  it('[D-27] a grant counts from its first to its last day, both included', () => {
    const one = { from: '2026-11-10', to: '2026-11-20' }
    expect(['2026-11-09', '2026-11-10', '2026-11-20', '2026-11-21'].map((on) => isValidOn(one, on))).toEqual([
      false,
      true,
      true,
      false,
    ])
    expect(isValidOn({ from: '2026-11-10', to: null }, '2099-01-01')).toBe(true)
  })

  it('understanders read no case file of others, administrators and auditors none at all', () => {
    for (const role of ['understander', 'administrator', 'auditor'] as const)
      expect(
        viewOf(makeRights({ grants: makeGrants(role, COUNTY) }), makePlaced({ office: true }), TODAY),
        role,
      ).toBeNull()
  })

  it('a phone keeps what mediators, understanders and clerks see whole, and nothing of a coordinator’s region', () => {
    const grants = roles.flatMap((role) => makeGrants(role, VILLAGE))
    const kept = offlineRights(makeRights({ grants })).grants
    expect([...new Set(kept.map((one) => one.role))].sort()).toEqual(['clerk', 'mediator', 'understander'])
    expect(kept.every((one) => one.view === 'full')).toBe(true)
  })
})
