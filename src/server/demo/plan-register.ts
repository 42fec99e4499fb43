import type { Id } from '#domain/id.ts'
import type { RegisterPerson } from '#domain/register/person.ts'
import { addDays, type Day } from '#domain/time/day.ts'
import { committeeName, type Places } from './places.ts'
import { inventName } from './names.ts'
import { moment, type Known, type PlannedRecord } from './planned.ts'
import { diceFor, idFor, type Dice } from './random.ts'
import type { DemoSeeds } from './seed-files.ts'
import type { CommitteeLine } from './seed-schemas.ts'

type Post = RegisterPerson['posts'][number]

interface Person extends Known {
  woman: boolean
  phone: string
  posts: Post[]
  region: string
  /** Township clerk who keeps this page of the register. */
  by: string
  /** Set for people of the stories. */
  key?: string
}

/** The register as planned: its records, and who is who in each place. */
export interface Register {
  records: PlannedRecord[]
  /** Mediators in office, the committee's members first, by region code. */
  mediators: Map<string, Known[]>
  understanders: Map<string, Known[]>
  /** The clerk of each township, by its nine-digit prefix. */
  clerks: Map<string, Known & { phone: string }>
  phoneOf: Map<Id, string>
  /** People of the stories by their key. */
  named: Map<string, Known>
}

const REGISTER_BEGAN = 9

/** The day on which the register was first written up, after the day for which its figures stand. */
const enteredOn = (seeds: DemoSeeds): Day => addDays(seeds.world.register_day, REGISTER_BEGAN)

class Desk {
  readonly people: Person[] = []
  private phones = 200
  private readonly seeds: DemoSeeds

  private readonly edition: string

  constructor(seeds: DemoSeeds, edition: string) {
    this.seeds = seeds
    this.edition = edition
  }

  /** Numbers of a kind that nobody has: 0000-555-0201 and so on. */
  nextPhone(): string {
    this.phones += 1
    return `0000-555-${String(this.phones).padStart(4, '0')}`
  }

  add(
    name: { name: string; woman: boolean },
    region: string,
    posts: Post[],
    key: string,
    phone = this.nextPhone(),
  ): Person {
    const id = idFor(`person:${this.edition}${key}`, moment(enteredOn(this.seeds), 9))
    const person = {
      id,
      name: name.name,
      woman: name.woman,
      phone,
      posts,
      region,
      by: `clerk:${region.slice(6, 9)}`,
    }
    this.people.push(person)
    return person
  }
}

const mediatorPost = (organisation: Id, member: boolean, from: Day): Post => ({
  as: 'mediator',
  organisation,
  member,
  from,
  to: null,
})
const understanderPost = (from: Day): Post => ({
  as: 'understander',
  organisation: null,
  member: false,
  from,
  to: null,
})

/** A day some years before the register's, on which somebody took up a post. */
const tookUp = (dice: Dice, seeds: DemoSeeds): Day => addDays(seeds.world.register_day, -dice.whole(20, 3200))

/** The people of one committee line: named ones first, at least one woman among the members (人民调解法 art. 8). */
function staff(
  desk: Desk,
  seeds: DemoSeeds,
  line: CommitteeLine,
  organisation: Id,
): { mediators: Person[]; understanders: Person[] } {
  const dice = diceFor(`register:${line.region}:${line.name}`)
  const named =
    line.level === 'village' || line.level === 'township'
      ? seeds.world.people.filter((one) => one.at === line.region)
      : []
  const mediators: Person[] = []
  const understanders: Person[] = []
  for (const one of named) {
    const post =
      one.as === 'mediator' ? mediatorPost(organisation, one.member, one.from) : understanderPost(one.from)
    const person = desk.add(one, line.region, [post], one.key, one.phone)
    person.key = one.key
    if (one.coordinates)
      person.posts.push({ as: 'coordinator', organisation: null, member: false, from: one.from, to: null })
    if (one.as === 'mediator') mediators.push(person)
    else understanders.push(person)
  }
  for (let i = mediators.length; i < line.members + line.engaged; i++) {
    const needsWoman = i === line.members - 1 && !mediators.some((one) => one.woman)
    const name = inventName(seeds.names, dice, needsWoman ? { woman: true } : {})
    mediators.push(
      desk.add(
        name,
        line.region,
        [mediatorPost(organisation, i < line.members, tookUp(dice, seeds))],
        `${line.region}:${line.name}:m${i}`,
      ),
    )
  }
  const head = mediators[0]
  if (head)
    head.posts.push({
      as: 'committee-head',
      organisation,
      member: true,
      from: head.posts[0]?.from ?? '',
      to: null,
    })
  for (const one of mediators.slice(1, 1 + line.both)) {
    one.posts.push(understanderPost(tookUp(dice, seeds)))
    understanders.push(one)
  }
  for (let i = understanders.length; i < line.understanders; i++)
    understanders.push(
      desk.add(
        inventName(seeds.names, dice),
        line.region,
        [understanderPost(tookUp(dice, seeds))],
        `${line.region}:u${i}`,
      ),
    )
  return { mediators, understanders }
}

/** What changed among the people of a place after the register's day: who stopped, who began. */
function changes(
  desk: Desk,
  seeds: DemoSeeds,
  line: CommitteeLine,
  organisation: Id,
  people: Person[],
  today: Day,
): { person: Person; posts: Post[]; on: Day }[] {
  const dice = diceFor(`changes:${line.region}:${line.name}`)
  const years = { from: seeds.living.first_year, to: Number(today.slice(0, 4)) }
  const list: { person: Person; posts: Post[]; on: Day }[] = []
  const someDay = (year: number): Day => addDays(`${year}-01-15`, dice.whole(0, 330))
  const leavers = people.filter(
    (one) => one.posts.length === 1 && one.posts[0]?.as === 'mediator' && !one.posts[0].member,
  )
  for (let year = years.from; year <= years.to; year++) {
    for (let i = 0; i < line.members + line.engaged; i++) {
      const on = someDay(year)
      if (dice.chance(seeds.living.leave / 100) && on < today) {
        const person = leavers.shift()
        if (person) list.push({ person, posts: person.posts.map((one) => ({ ...one, to: on })), on })
      }
      const begins = someDay(year)
      if (dice.chance(seeds.living.join / 100) && begins < today)
        desk.add(
          inventName(seeds.names, dice),
          line.region,
          [mediatorPost(organisation, false, begins)],
          `${line.region}:${line.name}:j${year}${i}`,
        )
    }
    for (let i = 0; i < line.understanders; i++) {
      const begins = someDay(year)
      if (dice.chance(seeds.living.understanders_join / 100) && begins < today)
        desk.add(
          inventName(seeds.names, dice),
          line.region,
          [understanderPost(begins)],
          `${line.region}:v${year}${i}`,
        )
    }
  }
  return list
}

function organisationRecord(
  seeds: DemoSeeds,
  key: string,
  region: string,
  body: Record<string, unknown>,
): PlannedRecord {
  const from = String(body['from'])
  const began = enteredOn(seeds)
  const at = moment(from > began ? from : began, 9)
  const steps = [{ k: 'create', a: body, at, by: `clerk:${region.slice(6, 9)}` }]
  return { kind: 'register.organisation', id: idFor(`organisation:${key}`, moment(began, 9)), region, steps }
}

function personRecord(
  seeds: DemoSeeds,
  person: Person,
  change: { posts: Post[]; on: Day } | undefined,
): PlannedRecord {
  const first = person.posts.map((one) => one.from).sort()[0] ?? ''
  const began = enteredOn(seeds)
  const at = moment(first > began ? first : began, 9)
  const body = { name: person.name, woman: person.woman, phone: person.phone, posts: person.posts }
  const steps = [{ k: 'create', a: body, at, by: person.by }]
  if (change)
    steps.push({ k: 'patch', a: { posts: change.posts } as never, at: moment(change.on, 10), by: person.by })
  return { kind: 'register.person', id: person.id, region: person.region, steps }
}

/** The whole register of the invented county: as it stood on its day, and what changed since, up to `today`. */
export function planRegister(seeds: DemoSeeds, places: Places, today: Day, edition: string): Register {
  const desk = new Desk(seeds, edition)
  const register: Register = {
    records: [],
    mediators: new Map(),
    understanders: new Map(),
    clerks: new Map(),
    phoneOf: new Map(),
    named: new Map(),
  }
  const left = new Map<Id, { posts: Post[]; on: Day }>()
  for (const township of places.townships) {
    const name = inventName(seeds.names, diceFor(`clerk:${township.code}`))
    const from = addDays(seeds.world.register_day, -900)
    const clerk = desk.add(
      name,
      township.code,
      [{ as: 'clerk', organisation: null, member: false, from, to: null }],
      `clerk:${township.code}`,
    )
    register.clerks.set(township.code.slice(0, 9), clerk)
  }
  for (const line of seeds.committees) {
    const name = committeeName(seeds.world, places, line)
    const from = addDays('2021-03-01', diceFor(`committee:${name}`).whole(0, 200))
    const serves =
      line.level === 'county' || line.level === 'trade' ? [`${seeds.world.county.code}000000`] : [line.region]
    const record = organisationRecord(seeds, name, line.region, {
      sort: 'committee',
      name,
      level: line.level,
      serves,
      from,
      to: null,
    })
    register.records.push(record)
    const { mediators, understanders } = staff(desk, seeds, line, record.id)
    const known = (list: Person[]): Known[] => list.map(({ id, name: called }) => ({ id, name: called }))
    for (const one of [...mediators, ...understanders])
      if (one.key) register.named.set(one.key, { id: one.id, name: one.name })
    if (!register.mediators.has(line.region))
      register.mediators.set(line.region, known(mediators.slice(0, line.members)))
    if (!register.understanders.has(line.region))
      register.understanders.set(line.region, known(understanders))
    for (const one of changes(desk, seeds, line, record.id, mediators, today)) left.set(one.person.id, one)
  }
  for (const { sort, name, region, from } of seeds.world.organisations)
    if (from <= today)
      register.records.push(
        organisationRecord(seeds, name, region, {
          sort,
          name,
          level: null,
          serves: [region],
          from,
          to: null,
        }),
      )
  for (const person of desk.people) {
    register.phoneOf.set(person.id, person.phone)
    register.records.push(personRecord(seeds, person, left.get(person.id)))
  }
  return register
}
