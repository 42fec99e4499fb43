import { grantsOf } from '#domain/access/appointed.ts'
import type { RecordGrant, Rights } from '#domain/access/grant.ts'
import { provisionalRights } from '#domain/access/provisional.ts'
import type { Role } from '#domain/access/role.ts'
import type { Id } from '#domain/id.ts'
import { addDays, dayOf } from '#domain/time/day.ts'
import type { Entered } from '#sync/protocol/accounts.ts'
import type { Me } from '#sync/protocol/wire.ts'
import type { Caller } from '#server/accounts/identity.ts'
import type { Time } from './time.ts'

/** Two villages of one township, one of the next, and one over the border of the county. All invented. */
export const VILLAGES = ['999901101001', '999901101002', '999901102001', '999902101001'] as const
/** The number that a village may get. */
export const NEW_CODE = '999901102009'

interface Post {
  role: Role
  region: string
  from: string
  to: string | null
}

interface Person {
  id: Id
  name: string
  posts: Post[]
  records: RecordGrant[]
  scopeRev: number
}

/** Invented people, and what they hold at the beginning. */
const CAST: readonly (readonly [string, readonly (readonly [Role, string])[]])[] = [
  ['赵春梅', [['mediator', VILLAGES[0]]]],
  ['钱守义', [['mediator', VILLAGES[0]]]],
  ['孙桂香', [['clerk', '999901101']]],
  [
    '和秀英',
    [
      ['understander', VILLAGES[1]],
      ['mediator', VILLAGES[1]],
    ],
  ],
  [
    '周立民',
    [
      ['mediator', VILLAGES[2]],
      ['mediator', VILLAGES[3]],
    ],
  ],
  ['吴小兰', [['understander', VILLAGES[0]]]],
]

const latest = (a: string, b: string): string => (a > b ? a : b)

export const personId = (index: number): Id => `0190000a-0000-7000-8000-0000000000${String(index + 10)}`

/** Who works here and what they may do: the part of the accounts that an exchange asks for. */
export class Office {
  readonly people: Person[]
  readonly #time: Time
  /** Person of each device number, and whether its session still holds. */
  readonly devices = new Map<number, { person: number; session: boolean; provisional: boolean }>()

  /** Villages that went over into others, each with the next. */
  readonly merged = new Map<string, string>()
  /** Those of them whose last record was moved, and how often the database had been put back by then. */
  readonly emptied = new Map<string, number>()

  constructor(time: Time) {
    this.#time = time
    this.people = CAST.map(([name, posts], index) => ({
      id: personId(index),
      name,
      posts: posts.map(([role, region]) => ({ role, region, from: '2026-01-01', to: null })),
      records: [],
      scopeRev: 1,
    }))
  }

  get today(): string {
    return dayOf(this.#time.now)
  }

  /** Every right a person ever had, ended ones with their last day. */
  rightsOf(index: number): Rights {
    const { id, posts, records } = this.people[index] as Person
    return { person: id, grants: grantsOf(posts), records: [...records] }
  }

  /** Whether nobody has given or taken anything since the beginning. */
  isUntouched(index: number): boolean {
    return this.people[index]?.scopeRev === 1
  }

  indexOf(person: Id): number {
    return this.people.findIndex((one) => one.id === person)
  }

  give(index: number, role: Role, region: string): void {
    const person = this.people[index] as Person
    person.posts.push({ role, region, from: this.today, to: null })
    person.scopeRev++
  }

  /** Ends the posts of a person in a region; the last day is yesterday, so that it shows at once. */
  take(index: number, region: string): boolean {
    const person = this.people[index] as Person
    const ended = person.posts.filter((one) => one.region === region && one.to === null)
    for (const one of ended) one.to = addDays(this.today, -1)
    if (ended.length > 0) person.scopeRev++
    return ended.length > 0
  }

  /** What has taken the place of a village; itself when nothing has. */
  nowOf(village: string): string {
    const next = this.merged.get(village)
    return next === undefined ? village : this.nowOf(next)
  }

  /** A village has gone over into another: posts of the old one are posts of the new one, as of their first day. */
  remap(from: string, to: string): void {
    this.merged.set(from, to)
    for (const person of this.people) {
      const held = person.posts.filter(
        (one) => one.region === from && (one.to === null || one.to >= this.today),
      )
      if (held.length === 0) continue
      const moved = held.map((one) => ({ ...one, region: to }))
      for (const one of held) one.to = latest(one.from, addDays(this.today, -1))
      person.posts.push(...moved)
      person.scopeRev++
    }
  }

  /** Ends the posts of a person in one of the regions they hold. */
  takeOne(index: number, share: number): boolean {
    const held = [
      ...new Set(
        (this.people[index] as Person).posts.filter((one) => one.to === null).map((one) => one.region),
      ),
    ]
    const region = held[Math.floor(share * held.length)]
    return region !== undefined && this.take(index, region)
  }

  get #villages(): readonly string[] {
    const isNew = [...this.merged.values()].includes(NEW_CODE)
    return isNew ? [...VILLAGES, NEW_CODE] : VILLAGES
  }

  /** Villages a person may write for now. */
  villagesOf(index: number): string[] {
    const held = (this.people[index] as Person).posts.filter((one) => one.to === null)
    return this.#villages.filter((village) => held.some((one) => village.startsWith(one.region)))
  }

  giveRecord(index: number, id: Id): void {
    const person = this.people[index] as Person
    if (person.records.some((one) => one.id === id && one.to === null)) return
    person.records.push({ id, from: this.today, to: null })
    person.scopeRev++
  }

  takeRecord(index: number, id: Id): void {
    const person = this.people[index] as Person
    const held = person.records.filter((one) => one.id === id && one.to === null)
    for (const one of held) one.to = addDays(this.today, -1)
    if (held.length > 0) person.scopeRev++
  }

  /** Puts a person's phone on the list; its session begins. */
  enrol(device: number, person: number): void {
    this.devices.set(device, { person, session: true, provisional: false })
  }

  endSession(device: number): void {
    const known = this.devices.get(device)
    if (known) known.session = false
  }

  renewSession(device: number): void {
    const known = this.devices.get(device)
    if (known) known.session = true
  }

  meOf(index: number, device: number): Me {
    const person = this.people[index] as Person
    const held = person.posts.filter((one) => one.to === null || one.to >= this.today)
    return {
      person: person.id,
      name: person.name,
      mark: String.fromCharCode(65 + (device % 26)),
      provisional: this.devices.get(device)?.provisional ?? false,
      posts: held.map(({ role, region }) => ({
        role,
        region,
        regionName: '示例村',
        organisation: '示例调委会',
      })),
      grants: [...this.rightsOf(index).grants],
      regions: this.#villages.map((code) => ({ code, name: '示例村', short: '示例' })),
      contacts: [],
      sponsor: '',
      filingNo: '',
    }
  }

  entered(index: number, device: number, epoch: string): Entered {
    return {
      me: this.meOf(index, device),
      device,
      epoch,
      scopeRev: (this.people[index] as Person).scopeRev,
    }
  }

  /** null: no session. */
  callerOf(device: number): (Caller & { device: number }) | null {
    const known = this.devices.get(device)
    if (!known?.session) return null
    const rights = this.rightsOf(known.person)
    return {
      person: rights.person,
      device,
      rights: known.provisional ? provisionalRights(rights) : rights,
      scopeRev: (this.people[known.person] as Person).scopeRev,
      provisional: known.provisional,
      me: async () => this.meOf(known.person, device),
    }
  }
}
