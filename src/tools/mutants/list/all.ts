import type { Mutant } from '../mutant.ts'
import { ACCESS } from './access.ts'
import { GUARDS } from './guards.ts'
import { PHONE } from './phone.ts'
import { PRIVACY } from './privacy.ts'
import { SERVER } from './server.ts'
import { SYNC } from './sync.ts'
import { TRUST } from './trust.ts'
import { WEB } from './web.ts'

/** Bugs of which worlds must die: in what a phone keeps, in the engine, and in what a server decides. */
export const WORLDLY: readonly Mutant[] = [...PHONE, ...SYNC, ...SERVER]

/** Every bug there is a test against. */
export const MUTANTS: readonly Mutant[] = [...WORLDLY, ...TRUST, ...PRIVACY, ...ACCESS, ...WEB, ...GUARDS]
