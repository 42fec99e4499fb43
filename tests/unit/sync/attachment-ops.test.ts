import { describe, expect, it } from 'vitest'
import { ROLES, type Role } from '#domain/access/role.ts'
import { authorise } from '#sync/authorise.ts'
import { SERVER_OPS } from '#sync/catalogue/attachment-commands.ts'
import { foldAll, foldOne } from '#tests/support/fold-ops.ts'
import { newAttachment, SHA } from '#tests/support/make-attachment.ts'
import { makeOp } from '#tests/support/make-op.ts'
import {
  makeGrants,
  makePlaced,
  makeRights,
  ME,
  RECORD,
  SOMEBODY,
  TODAY,
  VILLAGE,
} from '#tests/support/make-rights.ts'

const e: [string, string] = ['attachment', RECORD]
const add = { k: 'attachment.add', e, a: newAttachment() }
const stored = { k: 'attachment.stored', e, a: { sha256: SHA } }
const awaited = { k: 'attachment.awaited', e, a: { sha256: SHA } }
const failed = { k: 'attachment.failed', e, a: { sha256: SHA } }

describe('ops on attachments', () => {
  it('[I-41] begins as awaited, and is stored only for the content it was declared with', () => {
    const made = foldAll([add])
    expect(made.body).toMatchObject({ state: 'awaited', cancelled: false, recordedBy: ME })
    expect(foldOne(made, { ...stored, a: { sha256: SHA.replace('e', 'f') } })).toEqual({
      ok: false,
      reason: 'not-reachable',
    })
    expect(foldAll([add, stored]).body['state']).toBe('stored')
  })

  it('[I-41] what was stored is not awaited by a replay, but may be found missing and come again', () => {
    const done = foldAll([add, stored])
    expect(foldOne(done, stored)?.ok).toBe(false)
    expect(foldOne(done, failed)?.ok).toBe(false)
    expect(foldAll([add, stored, awaited, stored]).body['state']).toBe('stored')
    expect(foldAll([add, failed, awaited]).body['state']).toBe('awaited')
  })

  it('[I-41] what was added is never another: only its caption, its flags and whether it was taken back change', () => {
    const made = foldAll([add])
    for (const field of ['sha256', 'size', 'mime', 'thumb', 'of', 'name', 'state', 'takenOn'])
      expect(foldOne(made, { k: 'patch', e, a: { [field]: 'x' } })).toEqual({
        ok: false,
        reason: 'unknown-field',
      })
    expect(foldAll([add, { k: 'patch', e, a: { cancelled: true, caption: '照错了' } }]).body).toMatchObject({
      cancelled: true,
      caption: '照错了',
    })
  })

  it('[D-26] what the server finds out about bytes, no phone may say', () => {
    for (const role of Object.keys(ROLES) as Role[])
      for (const k of SERVER_OPS) {
        const mine = makePlaced({ recorder: ME })
        const rights = makeRights({ grants: makeGrants(role, VILLAGE) })
        expect(authorise(rights, makeOp({ k, e }), mine, TODAY).ok, `${role} ${k}`).toBe(false)
      }
  })

  it('[D-26] a case file is its committee’s; who explains law changes only what they added themselves', () => {
    const rights = makeRights({ grants: makeGrants('understander', VILLAGE) })
    const patch = makeOp({ k: 'patch', e, b: 1, a: { cancelled: true } })
    expect(authorise(rights, patch, makePlaced({ lane: 'outreach', recorder: SOMEBODY }), TODAY).ok).toBe(
      true,
    )
    expect(authorise(rights, patch, makePlaced({ lane: 'casework', recorder: SOMEBODY }), TODAY).ok).toBe(
      false,
    )
    expect(authorise(rights, patch, makePlaced({ lane: 'casework', recorder: ME }), TODAY).ok).toBe(true)
  })
})
