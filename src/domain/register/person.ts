import * as v from 'valibot'
import { IdSchema } from '../id.ts'
import { DaySchema } from '../time/day.ts'

/** What somebody is appointed as. One human often holds several posts; people are counted once, posts are not people. */
export const PostSchema = v.looseObject({
  as: v.picklist(['mediator', 'understander', 'clerk', 'committee-head', 'coordinator']),
  /** The committee, studio or office; null for understanders of a village. */
  organisation: v.nullable(IdSchema),
  /** Whether a mediator is a member (委员) of the committee, of whom a committee has three to nine (人民调解法 art. 8). */
  member: v.boolean(),
  from: DaySchema,
  to: v.nullable(DaySchema),
})
export type Post = v.InferOutput<typeof PostSchema>

/** A person of the register: those who mediate, explain and coordinate. Never a party. */
export const RegisterPersonSchema = v.looseObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(50)),
  woman: v.nullable(v.boolean()),
  phone: v.pipe(v.string(), v.maxLength(30)),
  posts: v.array(PostSchema),
})
export type RegisterPerson = v.InferOutput<typeof RegisterPersonSchema>
