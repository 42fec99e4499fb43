import type { Mutant } from '../mutant.ts'
import { ACCESS } from './access.ts'
import { PHONE } from './phone.ts'
import { SERVER } from './server.ts'
import { SYNC } from './sync.ts'
import { TRUST } from './trust.ts'

/** Every bug there is a test against. */
export const MUTANTS: readonly Mutant[] = [...PHONE, ...SYNC, ...SERVER, ...TRUST, ...ACCESS]
