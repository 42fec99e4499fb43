import type { Body } from '#domain/record/kind.ts'
import type { Edit } from '#phone/api.ts'
import { makeOp } from './make-op.ts'
import { makeOutreach } from './make-outreach.ts'
import { VILLAGE } from './make-rights.ts'

export { OTHER_VILLAGE as NEXT_VILLAGE } from './make-rights.ts'

/** The quick form's edit that makes a dispute; the phone gives the paper number. */
export const disputeEdit = (id: string, over: Body = {}): Edit => ({
  op: 'create',
  kind: 'dispute',
  id,
  region: VILLAGE,
  args: { ...makeOp().a, paperNo: '', ...over },
})

export const outreachEdit = (id: string, over: Body = {}): Edit => {
  const {
    recordedBy: _by,
    enteredAt: _at,
    receivedAt: _received,
    cancelled: _cancelled,
    ...args
  } = makeOutreach()
  return {
    op: 'outreach.log',
    kind: 'outreach',
    id,
    region: VILLAGE,
    args: { ...args, paperNo: '', ...over },
  }
}

export const patchEdit = (id: string, args: Body): Edit => ({
  op: 'patch',
  kind: 'dispute',
  id,
  region: VILLAGE,
  args,
})

export const agreeEdit = (id: string): Edit => ({
  op: 'dispute.agree',
  kind: 'dispute',
  id,
  region: VILLAGE,
  args: { on: '2026-11-20', form: 'oral', terms: '两家一起疏通水沟', performBy: null, amountYuan: null },
})
