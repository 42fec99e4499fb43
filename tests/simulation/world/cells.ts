import { TABLE } from '#sync/engine/machine.ts'

type Cell = (...args: unknown[]) => unknown

let visited: Set<string> | null = null

// Each cell of the real table counts its visits; what it decides stays its own.
for (const [state, row] of Object.entries(TABLE)) {
  const cells = row as unknown as Record<string, Cell>
  for (const [event, decide] of Object.entries(cells))
    cells[event] = (...args) => {
      visited?.add(`${state}/${event}`)
      return decide(...args)
    }
}

/** Visits are noted here from now on. */
export const noteVisits = (into: Set<string> | null): void => void (visited = into)
