import { typeOfWord } from '#domain/dispute/type.ts'
import type { Kind } from '#domain/record/kind.ts'
import { addDays, dayOf, type Day } from '#domain/time/day.ts'
import { outreachRest } from './plan-outreach.ts'
import { moment, type Known, type PlannedRecord, type Step } from './planned.ts'
import { idFor } from './random.ts'
import type { Story } from './seed-schemas.ts'

/** '@-3' becomes the date of three days before `today`; everything else stays. */
const withDates = (args: Record<string, unknown>, today: Day): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      typeof value === 'string' && /^@-?\d+$/.test(value) ? addDays(today, Number(value.slice(1))) : value,
    ]),
  )

function newDispute(story: Story, on: Day, happened: Day, mediator: Known | null): Record<string, unknown> {
  const word = story.word ?? 'other'
  return {
    type: typeOfWord(word),
    word,
    topic: '',
    facts: story.facts ?? '',
    source: story.source ?? 'S1',
    place: story.place ?? '',
    parties: (story.sides ?? []).map((name, at) => ({
      id: idFor(`party:${story.key}:${at}`, moment(on, 9)),
      name,
      kind: [...name].length > 3 ? 'organisation' : 'person',
    })),
    happenedOn: happened,
    acceptedOn: on,
    paperNo: '',
    mediator: mediator?.id ?? null,
    mediatorName: mediator?.name ?? '',
    flags: [],
  }
}

function firstArguments(
  story: Story,
  on: Day,
  happened: Day,
  mediator: Known | null,
): Record<string, unknown> {
  if (story.kind === 'dispute') return newDispute(story, on, happened, mediator)
  if (story.kind === 'outreach') {
    const given = story.a ?? {}
    return { ...outreachRest(given['form'] as 'market', on), ...given }
  }
  return story.kind === 'service' ? { ...story.a, on, paperNo: '' } : { ...story.a, on }
}

/** One story's record up to `now`; null when its beginning has not come yet. */
export function storyRecord(
  story: Story,
  knownBy: (key: string) => Known | null,
  now: number,
): PlannedRecord | null {
  const today = dayOf(now)
  const steps: Step[] = []
  for (const step of story.steps) {
    const on = addDays(today, step.day)
    const at = moment(on, Number(step.at.slice(0, 2)), Number(step.at.slice(3)))
    if (at > now) break
    const happened = addDays(today, step.happened ?? step.day)
    const mediator = story.mediator === undefined ? null : knownBy(story.mediator)
    const a =
      steps.length === 0
        ? firstArguments(story, on, happened, mediator)
        : { ...withDates(step.a ?? {}, today), on }
    steps.push({ k: step.k, a, at, by: step.by ?? story.by })
  }
  const first = steps[0]
  return first
    ? {
        kind: story.kind satisfies Kind,
        id: idFor(`story:${story.key}`, first.at),
        region: story.region,
        steps,
      }
    : null
}
