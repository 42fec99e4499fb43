import type { Body } from '#domain/record/kind.ts'

/** Marks of a matter in which somebody may come to harm. That a matter is private is no danger. */
const DANGERS: readonly unknown[] = ['violence', 'minor', 'weapon', 'group']

/** Whether a record tells of a danger, so that it goes before everything else that waits. */
export function isUrgent(body: Body): boolean {
  const flags = body['flags']
  return Array.isArray(flags) && flags.some((one) => DANGERS.includes(one))
}
