import type { Measurement } from './workload.ts'

type Unit = Measurement['unit']

/** What a PIN may make of a figure at most. */
export const WITH_PIN = 1.5

/** A figure that is only watched. */
export const watched = (
  w: string,
  name: string,
  value: number,
  unit: Unit,
  floor: number | null = null,
): Measurement => ({ w, name, value, unit, floor, goal: null, runs: [] })

/** A figure with a limit of its own. */
export const atMost = (w: string, name: string, value: number, unit: Unit, limit: number): Measurement => ({
  ...watched(w, name, value, unit),
  goal: { of: 'value', is: 'at most', limit },
})

/** A count that has only one right answer. */
export const exactly = (w: string, name: string, value: number, limit: number): Measurement => ({
  ...watched(w, name, value, 'records'),
  goal: { of: 'value', is: 'exactly', limit },
})

/** A figure that may be so many times its floor. */
export const timesFloor = (
  w: string,
  name: string,
  value: number,
  unit: Unit,
  floor: number,
  limit: number,
): Measurement => ({
  ...watched(w, name, value, unit, floor),
  goal: { of: 'ratio', is: 'at most', limit },
})

/** The value below which such a share of all lies. @param share in [0, 1) */
export const percentile = (all: readonly number[], share: number): number =>
  [...all].sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0
