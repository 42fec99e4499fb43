import { hash } from 'node:crypto'
import { canonical } from '#sync/protocol/canonical.ts'
import type { Op } from '#sync/protocol/op.ts'

/** The fingerprint of an op as it was first made. */
export const hashOf = (op: Op): string => hash('sha256', canonical(op))
