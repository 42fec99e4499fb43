import fc from 'fast-check'
import * as v from 'valibot'
import { it } from 'vitest'
import { IdSchema, makeId } from '#domain/id.ts'

const dice = fc.uint8Array({ minLength: 10, maxLength: 10 })
const moment = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const anyClock = fc.oneof(moment, fc.double({ min: -1e15, max: 2 ** 48 - 1, noNaN: true }))

it('[D-2] an id is a version-7 UUID whatever the dice say', () => {
  fc.assert(
    fc.property(anyClock, dice, (at, random) => {
      const id = makeId(at, random)
      return v.is(IdSchema, id) && id[14] === '7' && '89ab'.includes(id[19] as string)
    }),
  )
})

it('[D-2] ids sort by the moment of making', () => {
  fc.assert(
    fc.property(moment, moment, dice, dice, (a, b, one, other) => {
      fc.pre(a !== b)
      return makeId(a, one) < makeId(b, other) === a < b
    }),
  )
})

it('[D-2] two ids of one moment differ when the dice differ in what is kept', () => {
  fc.assert(
    fc.property(moment, dice, dice, (at, one, other) => {
      fc.pre(one.slice(4).join() !== other.slice(4).join())
      return makeId(at, one) !== makeId(at, other)
    }),
  )
})
