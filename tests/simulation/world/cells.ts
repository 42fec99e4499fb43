import { TABLE, type EngineState, type StateName, type Step } from '#sync/engine/machine.ts'
import { Violation } from '../oracle/violation.ts'

type Cell = (state: EngineState, event: object, env: object) => Step
type Row = Record<string, Cell>

/** A word that reaches an engine when nobody asked for it: the end of an exchange that is over, a timer that was called off. */
export interface LateWord {
  state: StateName
  is: string
}

const LATE: readonly { is: string; in: readonly StateName[] }[] = [
  ...['done', 'weather', 'busy', 'refused', 'fork'].map((is) => ({
    is,
    in: ['idle', 'backing-off', 'needs-login', 'cut'] as const,
  })),
  { is: 'timer', in: ['exchanging', 'needs-login', 'cut'] },
]
/** Every word that may come late, with the state it may come in. */
export const LATE_WORDS: readonly LateWord[] = LATE.flatMap((one) =>
  one.in.map((state) => ({ state, is: one.is })),
)

const WHOLE = { more: false, waitMs: 0, status: 503, retryAfterMs: 0 }

let visited: Set<string> | null = null
let said: ((violation: Violation) => void) | undefined
/** Words under way, by the state in which they are heard, each with who is told of it. */
const underWay = new Map<string, { is: string; heard: () => void }[]>()

const cellOf = (table: object, state: string, event: string): Cell =>
  (table as Record<string, Row>)[state]?.[event] as Cell

/** I-7: a phone whose number another one uses never gets well by waiting or by being looked at. */
function looked(before: EngineState, event: string, step: Step): Step {
  const isBold = before.code === 'fork' && event === 'wake' && step[0].name === 'exchanging'
  if (isBold) said?.(new Violation('I-7', 'a phone whose number another one uses goes on when it is woken'))
  return step
}

// Each cell of the real table counts its visits; what it decides stays its own.
const decided: Record<string, Row> = {}
for (const [state, row] of Object.entries(TABLE)) {
  const cells = row as unknown as Row
  decided[state] = { ...cells }
  for (const [event, decide] of Object.entries(cells))
    cells[event] = (before, what, env) => {
      const late = visited ? underWay.get(state)?.shift() : undefined
      if (!late) {
        visited?.add(`${state}/${event}`)
        return looked(before, event, decide(before, what, env))
      }
      late.heard()
      visited?.add(`${state}/${late.is}`)
      // As if it had come just before: what was to be decided is decided in the state that it leaves behind.
      const [after, first] = cellOf(decided, state, late.is)(before, { is: late.is, ...WHOLE }, env)
      const [last, then] = cellOf(TABLE, after.name, event)(after, what, env)
      return [last, [...first, ...then]]
    }
}

/** Visits are noted here from now on. @param wrong told of a decision that no engine may make */
export function noteVisits(into: Set<string> | null, wrong?: (violation: Violation) => void): void {
  visited = into
  said = wrong
  underWay.clear()
}

/** The next engine that has something to decide in that state hears this first. */
export function sayLate({ state, is }: LateWord, heard: () => void): void {
  underWay.set(state, [...(underWay.get(state) ?? []), { is, heard }])
}

/** Nothing more comes late. */
export const sayNoMore = (): void => underWay.clear()
