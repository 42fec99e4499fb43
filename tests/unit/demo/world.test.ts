import { beforeAll, describe, expect, it } from 'vitest'
import { isFollowUpDue } from '#domain/dispute/dates.ts'
import type { Dispute } from '#domain/dispute/dispute.ts'
import { titleOf } from '#domain/dispute/title.ts'
import type { RegisterPerson } from '#domain/register/person.ts'
import type { RecordState } from '#sync/fold/state.ts'
import { fullNameOf } from '#server/demo/places.ts'
import { archiveOf, readDemoSeeds } from '#server/demo/seed-files.ts'
import { planWorld } from '#server/demo/plan-world.ts'
import { foldedWorld, middayOf, type FoldedWorld } from '#tests/support/demo/fold-plan.ts'

// The counties, townships and systems that the reports name (seeds of the acceptance table): nothing invented may carry them.
const REAL_PLACES = [
  '鹤庆',
  '云鹤',
  '辛屯',
  '松桂',
  '黄坪',
  '草海',
  '西邑',
  '龙开口',
  '金墩',
  '六合',
  '柯桥',
  '绍兴',
  '通州湾',
  '南通',
  '三余',
  '龙游',
  '衢州',
  '金华',
  '大理',
  '云南',
  '浙江',
  '江苏',
]
const NOW = middayOf('2026-05-08')
const STONE_BRIDGE = '999901101201'
const TOWN = '999901101000'

let world: FoldedWorld
beforeAll(() => {
  world = foldedWorld(NOW)
})

const disputesIn = (states: readonly RecordState[], region: string): Dispute[] =>
  states
    .filter((one) => one.kind === 'dispute' && one.region === region)
    .map((one) => one.body as unknown as Dispute)

describe('who is there', () => {
  it('[D-132] every committee has three to nine members, a woman among them', () => {
    const people = world.states
      .filter((one) => one.kind === 'register.person')
      .map((one) => one.body as unknown as RegisterPerson)
    const committees = world.states.filter(
      (one) => one.kind === 'register.organisation' && one.body['sort'] === 'committee',
    )
    expect(committees.length).toBe(readDemoSeeds().committees.length)
    for (const { id, body } of committees) {
      const members = people.filter((one) =>
        one.posts.some((post) => post.as === 'mediator' && post.member && post.organisation === id),
      )
      expect.soft(members.length, String(body['name'])).toBeGreaterThanOrEqual(3)
      expect.soft(members.length, String(body['name'])).toBeLessThanOrEqual(9)
      expect
        .soft(
          members.some((one) => one.woman),
          String(body['name']),
        )
        .toBe(true)
    }
  })

  it('some hold two posts, and every telephone number is one that nobody has', () => {
    const people = world.states
      .filter((one) => one.kind === 'register.person')
      .map((one) => one.body as unknown as RegisterPerson)
    const both = people.filter((one) => new Set(one.posts.map((post) => post.as)).size > 1)
    expect(both.length).toBeGreaterThan(100)
    for (const one of people) expect(one.phone).toMatch(/^0000-555-\d{4}$/)
    expect(new Set(people.map((one) => one.phone)).size).toBe(people.length)
  })
})

describe('nothing real', () => {
  it('[D-133] every region stands under the reserved code, and every full name says 示例', () => {
    for (const { code } of world.plan.places.all) expect(code.startsWith('99')).toBe(true)
    for (const { code } of [...world.plan.places.townships, ...world.plan.places.villages]) {
      expect(code.startsWith('999901')).toBe(true)
      expect(fullNameOf(world.plan.places, code)).toContain('示例')
    }
    for (const one of world.plan.records) expect(one.region.startsWith('999901')).toBe(true)
    const organisations = world.states.filter((one) => one.kind === 'register.organisation')
    for (const one of organisations) expect(String(one.body['name'])).toContain('示例')
  })

  it('[D-133] no name of a place of the reports occurs in regions, people or matters', () => {
    const text = JSON.stringify([
      world.plan.places.all,
      world.plan.writers,
      world.states.map((one) => one.body),
    ])
    for (const place of REAL_PLACES) expect.soft(text.includes(place), place).toBe(false)
  })
})

describe('on any day', () => {
  it('[D-135] the same moment gives the same world, to the last id; nothing lies after it', () => {
    const again = planWorld(readDemoSeeds(), NOW)
    expect(again.records).toEqual(world.plan.records)
    expect(new Set(again.records.map((one) => one.id)).size).toBe(again.records.length)
    for (const { steps } of again.records)
      steps.forEach((step, at) => {
        expect(step.at).toBeLessThanOrEqual(NOW)
        expect(step.at).toBeGreaterThanOrEqual(steps[at - 1]?.at ?? 0)
      })
  })

  it('paper numbers are given once', () => {
    const numbers = world.states.flatMap((one) => (one.body['paperNo'] ? [String(one.body['paperNo'])] : []))
    expect(numbers.length).toBeGreaterThan(1000)
    // Places of different townships may share a short name; inside one township they do not.
    const keyed = world.states.flatMap((one) =>
      one.body['paperNo'] ? [`${one.region}/${String(one.body['paperNo'])}`] : [],
    )
    expect(new Set(keyed).size).toBe(keyed.length)
  })

  for (const day of ['2026-01-02', '2026-05-08', '2026-11-21'])
    it(`[D-136] the people of the entry page have in hand what they are introduced with on ${day}`, () => {
      const { states } = foldedWorld(middayOf(day))
      const stone = disputesIn(states, STONE_BRIDGE)
      expect(stone.filter((one) => isFollowUpDue(one, day)).map(titleOf)).toEqual(['陈家和吴家·地界'])
      expect(
        stone
          .filter((one) => one.review?.state === 'returned')
          .map((one) => [titleOf(one), one.review?.reason]),
      ).toEqual([['张家兄弟·赡养', '少写了哪天给']])
      const leads = states.filter(
        (one) => one.kind === 'lead' && one.region === STONE_BRIDGE && one.body['stage'] === 'open',
      )
      expect(leads.map((one) => one.body['about'])).toEqual(['何家院里的树'])
      const town = disputesIn(states, TOWN)
      expect(town.filter((one) => isFollowUpDue(one, day)).map((one) => one.place)).toEqual(['北塘社区'])
      expect(
        states.some(
          (one) =>
            one.kind === 'outreach' && one.body['title'] === '集市讲防骗' && one.body['attendances'] === 60,
        ),
      ).toBe(true)
    })
})

describe('a mistake in a file', () => {
  it('names the file, the line and the field', () => {
    const good = '2023-01-02\t101201\tloan\tS1\t甲\t乙\tagreed\t2023-01-04\toral\t-\t-'
    expect(archiveOf(`# head\n${good}\n`)).toHaveLength(1)
    expect(() => archiveOf(`${good}\n2023-02-30${good.slice(10)}`)).toThrow(/archive\.tsv line 2: accepted/)
    expect(() => archiveOf(good.replace('S1', 'S11'))).toThrow(/line 1: source/)
  })
})
