import type { Id } from '#domain/id.ts'
import type { Body, Kind } from '#domain/record/kind.ts'
import type { RegionCode, RegionPrefix } from '#domain/region/code.ts'
import type { Role } from '#domain/access/role.ts'
import { startOf, type Day } from '#domain/time/day.ts'

/** One op before it has a device and a number: what, when it was written down (epoch ms), and who wrote it. */
export interface Step {
  k: string
  a: Body
  at: number
  by: string
}

/** A record to be, with all that was done to it in order of time. */
export interface PlannedRecord {
  kind: Kind
  id: Id
  region: RegionCode
  steps: Step[]
}

/** Somebody who writes in the demo world: an account with posts, and one old phone or desk from which the past was handed in. */
export interface Writer {
  /** `clerk:101`, `village:999901101202`, or the key of a person of the stories. */
  key: string
  person: Id
  name: string
  phone: string
  /** The letter of that phone in its place, for paper numbers. */
  mark: string
  /** The place (twelve digits) the phone belongs to. */
  village: RegionCode
  posts: { role: Role; region: RegionPrefix; organisation: string }[]
}

/** A person of the register as others refer to them. */
export interface Known {
  id: Id
  name: string
}

/** Moment of a Beijing day at an hour and minute, epoch ms. */
export const moment = (day: Day, hour: number, minute = 0): number =>
  startOf(day) + (hour * 60 + minute) * 60_000
