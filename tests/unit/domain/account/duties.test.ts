import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grantsOf } from '#domain/access/appointed.ts'
import { viewOf, type Rights } from '#domain/access/grant.ts'
import { ROLES, type Role } from '#domain/access/role.ts'
import { KEEPERS, standTogether } from '#domain/account/duties.ts'
import { looksAfter, type Appointment } from '#domain/account/invite.ts'
import { makePlaced, ME, SOMEBODY, TODAY } from '#tests/support/make-rights.ts'

const roles = Object.keys(ROLES) as Role[]
const HOME = '999901101201'
const appointment = fc.record({
  role: fc.constantFrom(...roles),
  region: fc.constantFrom('999901', '999901101', HOME, '999902101201'),
  from: fc.constantFrom('2020-01-01', TODAY),
  to: fc.constantFrom(null, '2026-11-20', TODAY),
})
const post = (role: Role, region = HOME, to: string | null = null): Appointment => ({
  role,
  region,
  from: '2020-01-01',
  to,
})

/** What these posts show of a case of somebody else's in a village of theirs. */
function caseSeen(held: readonly Appointment[], office = false) {
  const rights: Rights = { person: ME, grants: grantsOf(held), records: [] }
  return viewOf(rights, makePlaced({ region: HOME, recorder: SOMEBODY, office }), TODAY)
}

describe('duties that lie in different hands', () => {
  it('[TR-25] no role that looks after accounts alone, or reads the log, shows a case, whole or as a skeleton', () => {
    for (const role of KEEPERS)
      for (const region of ['99', '9999', '999901', '999901101', HOME])
        for (const office of [true, false]) expect(caseSeen([post(role, region)], office), role).toBeNull()
  })

  it('[TR-25] whatever posts are given one after the other, whoever keeps accounts or the log never sees a case', () => {
    let kept = 0
    fc.assert(
      fc.property(fc.array(appointment, { maxLength: 6 }), (offered) => {
        const held: Appointment[] = []
        for (const one of offered) if (standTogether(held, one.role, TODAY)) held.push(one)
        const valid = held.filter((one) => one.to === null || one.to >= TODAY)
        if (!valid.some((one) => KEEPERS.includes(one.role))) return
        kept++
        expect(caseSeen(held, true)).toBeNull()
      }),
    )
    expect(kept).toBeGreaterThan(10)
  })

  it('[TR-25] a post that has ended stands in nobody’s way, one that begins later does', () => {
    expect(standTogether([post('mediator', HOME, '2026-11-20')], 'administrator', TODAY)).toBe(true)
    expect(standTogether([{ ...post('mediator'), from: '2027-01-01' }], 'administrator', TODAY)).toBe(false)
    expect(standTogether([post('mediator')], 'understander', TODAY)).toBe(true)
    expect(standTogether([post('administrator', '999901')], 'administrator', TODAY)).toBe(true)
    expect(standTogether([post('administrator', '999901')], 'auditor', TODAY)).toBe(false)
  })
})

describe('who looks after whom', () => {
  const office = [post('coordinator', '999901')]
  it('[TR-13] whoever may give all the posts somebody holds; of one who holds none, one they held', () => {
    expect(looksAfter(office, [post('mediator')], TODAY)).toBe(true)
    expect(looksAfter(office, [post('mediator'), post('mediator', '999902101201')], TODAY)).toBe(false)
    expect(looksAfter(office, [post('mediator'), post('coordinator', '999901')], TODAY)).toBe(false)
    const elsewhere = post('mediator', '999902101201', '2026-01-31')
    expect(looksAfter(office, [elsewhere], TODAY)).toBe(false)
    expect(looksAfter(office, [elsewhere, post('mediator', HOME, '2025-01-31')], TODAY)).toBe(true)
    expect(looksAfter(office, [], TODAY)).toBe(false)
  })
})
