import * as floor from './floor.ts'
import * as phone from './phone.ts'

// What the bench calls from outside the page.
Object.assign(globalThis, { bench: { ...floor, ...phone } })
