import type { Id } from '#domain/id.ts'
import type { RegisterPerson } from '#domain/register/person.ts'
import { addDays, type Day } from '#domain/time/day.ts'
import { inventName } from './names.ts'
import { moment, type Known } from './planned.ts'
import { diceFor, idFor, type Dice } from './random.ts'
import type { DemoSeeds } from './seed-files.ts'
import type { CommitteeLine } from './seed-schemas.ts'

export type Post = RegisterPerson['posts'][number]

/** A person of the register while the world is planned. */
export interface Person extends Known {
  woman: boolean
  phone: string
  posts: Post[]
  region: string
  /** Township clerk who keeps this page of the register. */
  by: string
  /** Set for people of the stories. */
  key?: string
}

const ENTERED_AFTER_DAYS = 9
const FIRST_PHONE = 201

/** The day on which the register was first written up, after the day for which its figures stand. */
export const enteredOn = (seeds: DemoSeeds): Day => addDays(seeds.world.register_day, ENTERED_AFTER_DAYS)

/** Where people are written down: gives each an id, and a telephone number that nobody has. */
export class PeopleBook {
  readonly people: Person[] = []
  private readonly seeds: DemoSeeds
  private readonly edition: string

  constructor(seeds: DemoSeeds, edition: string) {
    this.seeds = seeds
    this.edition = edition
  }

  private nextPhone(): string {
    return `0000-555-${String(FIRST_PHONE + this.people.length).padStart(4, '0')}`
  }

  /** @param key names the person for the id; the same key gives the same person */
  add(
    who: { name: string; woman: boolean },
    region: string,
    posts: Post[],
    key: string,
    phone = this.nextPhone(),
  ): Person {
    const id = idFor(`person:${this.edition}${key}`, moment(enteredOn(this.seeds), 9))
    const person = {
      id,
      name: who.name,
      woman: who.woman,
      phone,
      posts,
      region,
      by: `clerk:${region.slice(6, 9)}`,
    }
    this.people.push(person)
    return person
  }
}

const post = (as: Post['as'], organisation: Id | null, member: boolean, from: Day): Post => ({
  as,
  organisation,
  member,
  from,
  to: null,
})
export const clerkPost = (from: Day): Post => post('clerk', null, false, from)
export const mediatorPost = (organisation: Id, member: boolean, from: Day): Post =>
  post('mediator', organisation, member, from)
export const understanderPost = (from: Day): Post => post('understander', null, false, from)

/** A day some years before the register's, on which somebody took up a post. */
const tookUp = (dice: Dice, seeds: DemoSeeds): Day => addDays(seeds.world.register_day, -dice.whole(20, 3200))

interface Staff {
  mediators: Person[]
  understanders: Person[]
}

/** People of the stories who belong to this line's place. */
function addNamed(
  book: PeopleBook,
  seeds: DemoSeeds,
  line: CommitteeLine,
  organisation: Id,
  staff: Staff,
): void {
  if (line.level !== 'village' && line.level !== 'township') return
  for (const one of seeds.world.people.filter((each) => each.at === line.region)) {
    const mediates = one.as === 'mediator'
    const first = mediates ? mediatorPost(organisation, one.member, one.from) : understanderPost(one.from)
    const office = one.coordinates ? [post('coordinator', null, false, one.from)] : []
    const person = book.add(one, line.region, [first, ...office], one.key, one.phone)
    person.key = one.key
    if (mediates) staff.mediators.push(person)
    else staff.understanders.push(person)
  }
}

/**
 * The people of one committee line: named ones first, the first of all its head, at least one woman among the members
 * (人民调解法 art. 8), and the place's understanders, some of whom also mediate.
 */
export function staffOf(book: PeopleBook, seeds: DemoSeeds, line: CommitteeLine, organisation: Id): Staff {
  const dice = diceFor(`register:${line.region}:${line.name}`)
  const staff: Staff = { mediators: [], understanders: [] }
  const { mediators, understanders } = staff
  addNamed(book, seeds, line, organisation, staff)
  for (let i = mediators.length; i < line.members + line.engaged; i++) {
    const needsWoman = i === line.members - 1 && !mediators.some((one) => one.woman)
    const who = inventName(seeds.names, dice, needsWoman ? { woman: true } : {})
    const posts = [mediatorPost(organisation, i < line.members, tookUp(dice, seeds))]
    mediators.push(book.add(who, line.region, posts, `${line.region}:${line.name}:m${i}`))
  }
  const [head] = mediators
  head?.posts.push(post('committee-head', organisation, true, head.posts[0]?.from ?? ''))
  for (const one of mediators.slice(1, 1 + line.both)) {
    one.posts.push(understanderPost(tookUp(dice, seeds)))
    understanders.push(one)
  }
  for (let i = understanders.length; i < line.understanders; i++) {
    const who = inventName(seeds.names, dice)
    understanders.push(
      book.add(who, line.region, [understanderPost(tookUp(dice, seeds))], `${line.region}:u${i}`),
    )
  }
  return staff
}
