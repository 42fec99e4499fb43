import type { Id } from '#domain/id.ts'
import { addDays, type Day } from '#domain/time/day.ts'
import { inventName } from './names.ts'
import { diceFor } from './random.ts'
import { mediatorPost, understanderPost, type PeopleBook, type Person, type Post } from './register-people.ts'
import type { DemoSeeds } from './seed-files.ts'
import type { CommitteeLine } from './seed-schemas.ts'

/** Somebody's posts from a day on. */
export interface PostChange {
  posts: Post[]
  on: Day
}

/**
 * What changed among the people of a place after the register's day, up to `today`: who began is written into the book, who
 * stopped is given back, by id. Members of committees stay; those engaged come and go.
 */
export function changesOf(
  book: PeopleBook,
  seeds: DemoSeeds,
  line: CommitteeLine,
  organisation: Id,
  mediators: readonly Person[],
  today: Day,
): Map<Id, PostChange> {
  const { living, names } = seeds
  const dice = diceFor(`changes:${line.region}:${line.name}`)
  const left = new Map<Id, PostChange>()
  const mayLeave = mediators.filter((one) => one.posts.length === 1 && !one.posts[0]?.member)
  /** A day of the year on which one in so many does something; null for the others, and for what is still to come. */
  const dayIn = (year: number, percent: number): Day | null => {
    const on = addDays(`${year}-01-15`, dice.whole(0, 330))
    return dice.chance(percent / 100) && on < today ? on : null
  }
  const begin = (post: Post, key: string) =>
    void book.add(inventName(names, dice), line.region, [post], `${line.region}:${line.name}:${key}`)
  for (let year = living.first_year; year <= Number(today.slice(0, 4)); year++) {
    for (let i = 0; i < line.members + line.engaged; i++) {
      const ended = dayIn(year, living.leave)
      const person = ended === null ? undefined : mayLeave.shift()
      if (person && ended !== null)
        left.set(person.id, { posts: person.posts.map((one) => ({ ...one, to: ended })), on: ended })
      const begun = dayIn(year, living.join)
      if (begun !== null) begin(mediatorPost(organisation, false, begun), `j${year}${i}`)
    }
    for (let i = 0; i < line.understanders; i++) {
      const begun = dayIn(year, living.understanders_join)
      if (begun !== null) begin(understanderPost(begun), `v${year}${i}`)
    }
  }
  return left
}
