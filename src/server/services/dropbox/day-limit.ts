const DAY_MS = 86_400_000

/** Counts what each phone brings within a day, in this process. */
export interface DayLimit {
  /** Counts so many bytes of a device. @returns false: it has brought enough for today, and these are not counted */
  counts(device: number, bytes: number): boolean
}

/** @param most bytes of one device within a day @param clock epoch ms */
export function makeDayLimit(most: number, clock: () => number): DayLimit {
  let day = -1
  const brought = new Map<number, number>()
  return {
    counts(device, bytes) {
      const today = Math.floor(clock() / DAY_MS)
      if (today !== day) brought.clear()
      day = today
      const sum = (brought.get(device) ?? 0) + bytes
      if (sum > most) return false
      brought.set(device, sum)
      return true
    },
  }
}
