import { describe, expect, it } from 'vitest'
import type { Body } from '#domain/record/kind.ts'
import { behindDoors, parentOf } from '#server/services/sync/doors.ts'
import { keyOf, place, type StoredRecord } from '#server/services/sync/stored.ts'
import { newMeeting } from '#tests/support/server-ops.ts'
import { newAttachment } from '#tests/support/make-attachment.ts'

const REGION = '999901101001'
const moment = { at: 1_793_577_660_000, firstRv: 0 }

const record = (kind: string, id: string, body: Body, rv = 1): StoredRecord =>
  place({ kind, id, region: REGION, rv, body, fv: {}, deleted: false }, null)
const ID = (n: number) => `01912345-0000-7000-8000-00000000000${n}`
const stamps = { recordedBy: null, enteredAt: 1, receivedAt: 1 }
const dispute = (flags: string[]) => record('dispute', ID(1), { flags })
const meeting = (flags?: string[]) =>
  record('meeting', ID(2), { ...newMeeting(ID(1)), ...stamps, ...(flags ? { flags } : {}) })
const file = (of: [string, string], flags: string[] = []) =>
  record('attachment', ID(3), {
    ...newAttachment({ of: of as never, flags: flags as never }),
    ...stamps,
    state: 'awaited',
    cancelled: false,
  })
const world = (...all: StoredRecord[]) =>
  new Map(all.map((one) => [keyOf(one.state.kind, one.state.id), one]))
const told = (list: readonly StoredRecord[]) =>
  list.map(({ state, lane }) => [state.kind, state.rv, state.body['flags'], lane])

describe('The door of a dispute', () => {
  it('[TR-66] a meeting or file that comes after the door was closed goes behind it, and keeps its own flags', () => {
    const all = world(dispute(['violence', 'group']))
    expect(told(behindDoors(null, meeting(), all, moment))).toEqual([['meeting', 2, ['violence'], 'closed']])
    expect(told(behindDoors(null, file(['dispute', ID(1)], ['group']), all, moment))).toEqual([
      ['attachment', 2, ['group', 'violence'], 'closed'],
    ])
    expect(behindDoors(null, meeting(['violence']), all, moment)).toEqual([])
    expect(behindDoors(null, meeting(), world(dispute(['group'])), moment)).toEqual([])
    expect(behindDoors(null, meeting(), world(), moment)).toEqual([])
  })

  it('[TR-66] what belongs to a dispute follows through a door that closes: meetings, files, and files of meetings', () => {
    const ofMeeting = file(['meeting', ID(2)])
    const all = world(dispute(['minor']), meeting(), ofMeeting)
    const moved = behindDoors(dispute([]), dispute(['minor']), all, { ...moment, firstRv: 700 })
    expect(told(moved)).toEqual([
      ['meeting', 700, ['minor'], 'closed'],
      ['attachment', 700, ['minor'], 'closed'],
    ])
    // A door that was closed before, or opens, moves nothing.
    expect(behindDoors(dispute(['minor']), dispute(['minor']), all, moment)).toEqual([])
    expect(behindDoors(dispute(['minor']), dispute([]), all, moment)).toEqual([])
  })

  it('[TR-66] what belongs to nothing with a door, or to nothing that can be read, stays', () => {
    expect(parentOf('attachment', { of: ['outreach', ID(1)] })).toBeNull()
    expect(parentOf('attachment', { of: 'x' })).toBeNull()
    expect(parentOf('meeting', {})).toBeNull()
    expect(parentOf('lead', { dispute: ID(1) })).toBeNull()
    const gone = place({ ...meeting().state, deleted: true }, null)
    expect(behindDoors(dispute([]), dispute(['private']), world(gone), moment)).toEqual([])
  })
})
