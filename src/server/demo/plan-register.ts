import type { Id } from '#domain/id.ts'
import type { Organisation } from '#domain/register/organisation.ts'
import { addDays, type Day } from '#domain/time/day.ts'
import { inventName } from './names.ts'
import { committeeName, type Places } from './places.ts'
import { moment, type Known, type PlannedRecord, type Step } from './planned.ts'
import { diceFor, idFor } from './random.ts'
import { changesOf, type PostChange } from './register-changes.ts'
import { clerkPost, enteredOn, PeopleBook, staffOf, type Person } from './register-people.ts'
import type { DemoSeeds } from './seed-files.ts'
import type { CommitteeLine } from './seed-schemas.ts'

/** The register as planned: its records, and who is who in each place. */
export interface Register {
  records: PlannedRecord[]
  /** Members of the committee in office, its head first, by region code. */
  mediators: Map<string, Known[]>
  understanders: Map<string, Known[]>
  /** The clerk of each township, by its nine-digit prefix. */
  clerks: Map<string, Known & { phone: string }>
  phoneOf: Map<Id, string>
  /** People of the stories by their key. */
  named: Map<string, Known>
}

const CLERK_SINCE_DAYS = 900

/** The moment at which something that began on a day was first written into the register. */
function writtenAt(seeds: DemoSeeds, from: Day): number {
  const began = enteredOn(seeds)
  return moment(from > began ? from : began, 9)
}

function organisationRecord(seeds: DemoSeeds, region: string, body: Organisation): PlannedRecord {
  const steps = [{ k: 'create', a: body, at: writtenAt(seeds, body.from), by: `clerk:${region.slice(6, 9)}` }]
  return {
    kind: 'register.organisation',
    id: idFor(`organisation:${body.name}`, moment(enteredOn(seeds), 9)),
    region,
    steps,
  }
}

function personRecord(seeds: DemoSeeds, person: Person, change: PostChange | undefined): PlannedRecord {
  const { id, name, woman, phone, posts, region, by } = person
  const first = posts.map((one) => one.from).sort()[0] ?? ''
  const steps: Step[] = [{ k: 'create', a: { name, woman, phone, posts }, at: writtenAt(seeds, first), by }]
  if (change) steps.push({ k: 'patch', a: { posts: change.posts }, at: moment(change.on, 10), by })
  return { kind: 'register.person', id, region, steps }
}

const known = (list: readonly Person[]): Known[] => list.map(({ id, name }) => ({ id, name }))

function committeeOf(seeds: DemoSeeds, places: Places, line: CommitteeLine): PlannedRecord {
  const name = committeeName(seeds.world, places, line)
  const from = addDays('2021-03-01', diceFor(`committee:${name}`).whole(0, 200))
  const wide = line.level === 'county' || line.level === 'trade'
  const serves = [wide ? `${seeds.world.county.code}000000` : line.region]
  return organisationRecord(seeds, line.region, {
    sort: 'committee',
    name,
    level: line.level,
    serves,
    from,
    to: null,
  })
}

function addClerks(seeds: DemoSeeds, places: Places, book: PeopleBook, register: Register): void {
  const from = addDays(seeds.world.register_day, -CLERK_SINCE_DAYS)
  for (const { code } of places.townships) {
    const who = inventName(seeds.names, diceFor(`clerk:${code}`))
    register.clerks.set(code.slice(0, 9), book.add(who, code, [clerkPost(from)], `clerk:${code}`))
  }
}

function addOrganisations(seeds: DemoSeeds, register: Register, today: Day): void {
  for (const { sort, name, region, from } of seeds.world.organisations)
    if (from <= today)
      register.records.push(
        organisationRecord(seeds, region, { sort, name, level: null, serves: [region], from, to: null }),
      )
}

/**
 * The whole register of the invented county: as it stood on its day, and what changed since, up to `today`.
 * @param edition gives everybody another id, for a world that was put back
 */
export function planRegister(seeds: DemoSeeds, places: Places, today: Day, edition: string): Register {
  const book = new PeopleBook(seeds, edition)
  const register: Register = {
    records: [],
    mediators: new Map(),
    understanders: new Map(),
    clerks: new Map(),
    phoneOf: new Map(),
    named: new Map(),
  }
  const left = new Map<Id, PostChange>()
  addClerks(seeds, places, book, register)
  for (const line of seeds.committees) {
    const record = committeeOf(seeds, places, line)
    register.records.push(record)
    const { mediators, understanders } = staffOf(book, seeds, line, record.id)
    // Several committees may sit in one place; the first line is the place's own.
    if (!register.mediators.has(line.region)) {
      register.mediators.set(line.region, known(mediators.slice(0, line.members)))
      register.understanders.set(line.region, known(understanders))
    }
    for (const [id, change] of changesOf(book, seeds, line, record.id, mediators, today)) left.set(id, change)
  }
  addOrganisations(seeds, register, today)
  for (const person of book.people) {
    register.phoneOf.set(person.id, person.phone)
    if (person.key) register.named.set(person.key, { id: person.id, name: person.name })
    register.records.push(personRecord(seeds, person, left.get(person.id)))
  }
  return register
}
