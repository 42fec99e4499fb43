import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { Edit } from '#phone/api.ts'
import { effective } from '#sync/fold/effective.ts'
import type { Op } from '#sync/protocol/op.ts'
import * as dispute from '#app/features/record/forms/dispute-form.ts'
import * as outreach from '#app/features/record/forms/outreach-form.ts'
import * as screening from '#app/features/record/forms/screening-form.ts'
import * as service from '#app/features/record/forms/service-form.ts'
import { carryOver, FORMS, kindOfForm } from '#app/features/record/forms/carry-over.ts'

let made = 0
const newId = () => `018f5000-0000-7000-8000-${String(++made).padStart(12, '0')}`
const writer = { person: newId(), name: '赵春梅', today: '2026-05-08', region: '999901101001', newId }

/** What the one fold of phone and server makes of the edits of a record. */
function folded(edits: readonly Edit[]) {
  const first = edits[0] as Edit
  const ops = edits
    .filter((edit) => edit.id === first.id)
    .map((edit, i): Op => ({
      i: newId(),
      n: i + 1,
      k: edit.op,
      v: 1,
      e: [edit.kind, edit.id],
      r: edit.region,
      b: 0,
      a: edit.args,
      t: [Date.parse('2026-05-08T10:00:00+08:00'), 0, 0],
    }))
  return effective(null, ops, writer.person, 1)
}

const said = (more: Partial<dispute.DisputeValues>): dispute.DisputeValues => ({
  ...v.parse(dispute.DisputeValuesSchema, {}),
  word: 'drain',
  names: ['王长顺', '李桂芬'],
  outcome: 'open',
  ...more,
})

describe('两家有事', () => {
  it('asks for the first of its answers that is missing, and for nothing else', () => {
    expect(dispute.missingOf(v.parse(dispute.DisputeValuesSchema, {}))).toBe('word')
    expect(dispute.missingOf(said({ word: 'other' }))).toBe('topic')
    expect(dispute.missingOf(said({ names: [' ', ''] }))).toBe('names')
    expect(dispute.missingOf(said({ names: ['王长顺', ''] }))).toBe(null)
    expect(dispute.missingOf(said({ outcome: '' }))).toBe('outcome')
    expect(dispute.missingOf(said({ outcome: 'agreed' }))).toBe('written')
    expect(dispute.missingOf(said({ outcome: 'agreed', written: 'oral' }))).toBe(null)
  })

  it('is accepted by the fold with every outcome, in the stage that was said', () => {
    const stages = { agreed: 'agreed', failed: 'failed', open: 'open', escalated: 'escalated' } as const
    for (const [outcome, stage] of Object.entries(stages)) {
      const values = said({ outcome: outcome as dispute.DisputeValues['outcome'], written: 'written' })
      const { state, unfit } = folded(dispute.editsOf(values, newId(), writer))
      expect(unfit).toEqual([])
      expect(state?.body['stage']).toBe(stage)
      expect(state?.body['type']).toBe('D02')
    }
  })

  it('takes its day, place, source, flags and village from what was changed, else from the person', () => {
    const plain = dispute.editsOf(said({}), newId(), writer)[0]
    expect(plain).toMatchObject({
      region: writer.region,
      args: { happenedOn: '2026-05-08', source: 'S1', paperNo: '' },
    })
    const values = said({
      on: '2026-05-06',
      region: '999901101002',
      place: ' 沟边 ',
      source: 'S3',
      flags: ['minor'],
    })
    expect(dispute.editsOf(values, newId(), writer)[0]).toMatchObject({
      region: '999901101002',
      args: {
        happenedOn: '2026-05-06',
        acceptedOn: '2026-05-06',
        place: '沟边',
        source: 'S3',
        flags: ['minor'],
      },
    })
  })

  it('settles the request it came from in the request’s own village, in the same save', () => {
    const lead = newId()
    const id = newId()
    const edits = dispute.editsOf(said({ lead, leadRegion: '999901101003' }), id, writer)
    expect(edits.at(-1)).toEqual({
      op: 'lead.settle',
      kind: 'lead',
      id: lead,
      region: '999901101003',
      args: { outcome: 'dispute', dispute: id },
    })
  })

  it('leaves empty names out and names itself like the list will', () => {
    const values = said({ names: ['王长顺', ' ', '李桂芬'] })
    expect(dispute.editsOf(values, newId(), writer)[0]?.args['parties']).toHaveLength(2)
    expect(dispute.nameOf(values)).toBe('王家和李家·排水')
  })
})

describe('drafts of any age', () => {
  it('open again with what can be read, whatever else is in them', () => {
    const old = {
      word: 'drain',
      names: 'nonsense',
      facts: '堵了水沟',
      outcome: 'won',
      flags: ['martian'],
      gone: 1,
    }
    const values = v.parse(dispute.DisputeValuesSchema, old)
    expect(values).toMatchObject({
      word: 'drain',
      names: ['', ''],
      facts: '堵了水沟',
      outcome: '',
      flags: [],
    })
  })
})

describe('我去讲了, 有人来问, 走访看看', () => {
  const told: outreach.OutreachValues = {
    ...v.parse(outreach.OutreachValuesSchema, {}),
    form: 'market',
    topic: 'fraud',
    count: '50',
  }
  it('count the people that were said, round or typed', () => {
    expect(outreach.attendancesOf(told)).toBe(50)
    expect(outreach.attendancesOf({ ...told, count: 'own', counted: ' 62 ' })).toBe(62)
    expect(outreach.attendancesOf({ ...told, count: 'own', counted: '六十' })).toBe(null)
    expect(outreach.missingOf({ ...told, count: '' })).toBe('count')
    expect(outreach.missingOf({ ...told, topic: 'own' })).toBe('title')
    expect(outreach.missingOf(told)).toBe(null)
  })

  it('are accepted by the fold', () => {
    const spoke = folded(outreach.editsOf(told, newId(), writer, '集市讲防骗'))
    expect(spoke.unfit).toEqual([])
    expect(spoke.state?.body).toMatchObject({
      attendances: 50,
      countedHow: 'estimated',
      sixEntries: 'public-place',
    })
    const asked: service.ServiceValues = {
      ...v.parse(service.ServiceValuesSchema, {}),
      asked: '彩礼退不退',
      answer: 'answered',
    }
    expect(folded(service.editsOf(asked, newId(), writer)).unfit).toEqual([])
    const walked: screening.ScreeningValues = {
      ...v.parse(screening.ScreeningValuesSchema, {}),
      where: '上院',
      found: '0',
    }
    const round = folded(screening.editsOf(walked, newId(), writer))
    expect(round.unfit).toEqual([])
    expect(round.state?.body).toMatchObject({ found: 0, households: null })
  })

  it('keep a request open while the answer is still to come', () => {
    const values: service.ServiceValues = {
      ...v.parse(service.ServiceValuesSchema, {}),
      asked: '问',
      lead: newId(),
    }
    expect(service.editsOf({ ...values, answer: 'later' }, newId(), writer)).toHaveLength(1)
    expect(service.editsOf({ ...values, answer: 'to-office' }, newId(), writer)[1]?.args).toMatchObject({
      outcome: 'passed-on',
    })
  })
})

describe('选错了不要紧', () => {
  const typed = ['堵了水沟', '王长顺', '李桂芬', '地界边', '2026-05-06', '999901101002', '水沟']
  const values = {
    facts: '堵了水沟',
    names: ['王长顺', '李桂芬'],
    place: '地界边',
    on: '2026-05-06',
    region: '999901101002',
    topic: '水沟',
    lead: 'x',
  }
  it('carries everything that was typed into each other form', () => {
    for (const to of FORMS.filter((one) => one !== 'dispute')) {
      const words = JSON.stringify(carryOver('dispute', to, values))
      for (const one of typed) expect(words, `${to}: ${one}`).toContain(one)
    }
  })
  it('and back again', () => {
    expect(carryOver('service', 'dispute', { asked: '钱没给', who: '杨石匠' })).toMatchObject({
      facts: '钱没给',
      names: ['杨石匠', ''],
    })
  })
  it('knows the drafts of other features as steps of a dispute', () => {
    expect(kindOfForm('dispute-step')).toBe('dispute')
    expect(kindOfForm('screening')).toBe('screening')
  })
})
