import type { Id } from '#domain/id.ts'
import type { ListRow } from '../api.ts'

export interface Lines {
  /** Puts lines in their places. null: takes one out. */
  put(some: ReadonlyMap<Id, ListRow | null>): void
  /** Whether anything changed since the last `all`. */
  isNew(): boolean
  /** All of them as they stand now; what is put later does not change it. */
  all(): readonly ListRow[]
}

/** Lines in the order of their ids, newest first, because ids sort by time of making; each finds its place by halving. */
export function linesInOrder(): Lines {
  const lines: ListRow[] = []
  let hasNews = true
  const placeOf = (id: Id): number => {
    let [from, to] = [0, lines.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((lines[middle] as ListRow).id > id) from = middle + 1
      else to = middle
    }
    return from
  }
  /** From the end, so that each line is moved once, and none that stands before all that come. */
  const insert = (coming: ListRow[]): void => {
    coming.sort((one, other) => (one.id > other.id ? -1 : 1))
    let from = lines.length
    lines.push(...coming)
    for (let next = coming.length - 1, to = lines.length - 1; next >= 0; to--) {
      const [line, row] = [lines[from - 1], coming[next] as ListRow]
      const isOlder = line !== undefined && line.id < row.id
      lines[to] = isOlder ? line : row
      if (isOlder) from--
      else next--
    }
  }
  const remove = (gone: ReadonlySet<Id>): void => {
    let kept = 0
    for (const line of lines) if (!gone.has(line.id)) lines[kept++] = line
    lines.length = kept
  }
  return {
    put(some) {
      const coming: ListRow[] = []
      const gone = new Set<Id>()
      for (const [id, row] of some) {
        const at = placeOf(id)
        const isThere = lines[at]?.id === id
        hasNews ||= isThere || row !== null
        if (row && isThere) lines[at] = row
        else if (row) coming.push(row)
        else if (isThere) gone.add(id)
      }
      if (gone.size > 0) remove(gone)
      insert(coming)
    },
    isNew: () => hasNews,
    all() {
      hasNews = false
      return lines.slice()
    },
  }
}
