import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '#sync/catalogue/catalogue.ts'
import { fingerprintsOf, LANDED } from './landed.ts'
import { fingerprintsNow } from './shape.ts'

const newest = LANDED.at(-1) as number
const [now, then] = [fingerprintsNow(), fingerprintsOf(newest)]

describe('what travels', () => {
  // Failing? Ask: can a phone that has not updated for a year still talk to the new server, and a new phone to an old one?
  // Yes (a key was added that both sides may leave out): record the landing anew. No: raise PROTOCOL and serve both.
  it('changes only together with the protocol’s version', () => {
    expect({ protocol: now.protocol, limits: now.limits, wire: now.wire }).toEqual({
      protocol: then.protocol,
      limits: then.limits,
      wire: then.wire,
    })
  })
})

describe('what an outbox may hold', () => {
  // Failing? Ask: can an op written a year ago, with these arguments, still be folded? If it reads otherwise now, give the entry
  // a new version and an upcaster. Never change what an existing version means.
  it('changes only by a new version of an op', () => {
    expect(now.ops).toMatchObject(then.ops)
  })

  it('[I-46] never loses an op that ever was', () => {
    for (const landed of LANDED)
      for (const name of Object.keys(fingerprintsOf(landed).ops))
        expect(CATALOGUE.has(name.split(' ')[0] as string), name).toBe(true)
  })
})

describe('what a record looks like', () => {
  // Failing? Ask: does every record written before still pass this schema, on phones and in the server's archive? If a field was
  // added, may it be absent? Then record the landing anew.
  it('changes only knowingly', () => {
    expect(now.records).toEqual(then.records)
  })
})
