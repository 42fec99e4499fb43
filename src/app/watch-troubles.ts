import type { WholeNotebook } from '#phone/api.ts'
import type { Marks } from '#phone/marks.ts'
import { faultOf, noteTrouble } from '#phone/trace.ts'

/** Notes what goes wrong on a page, from its first moment: faults of ours, and what the store and the line say of themselves. */
export function watchTroubles(
  page: Pick<Window, 'addEventListener'>,
  kept: Marks,
  now: () => number = Date.now,
): { note(what: string): void; follow(status: WholeNotebook['status']): void } {
  const note = (what: string) => noteTrouble(kept, { what }, now())
  const fault = (error: unknown) => noteTrouble(kept, faultOf(error), now())
  page.addEventListener('error', (event) => event.error && fault(event.error))
  page.addEventListener('unhandledrejection', (event) => fault(event.reason))
  let before = ''
  return {
    note,
    follow(status) {
      status.subscribe((next) => {
        const found = [
          ...(next.store ? [`lost-${next.store}`] : []),
          ...(next.vanished === null ? [] : ['vanished']),
          ...(next.needsLogin ? ['needs-login'] : []),
        ]
        // Told once for each change and not with every retelling.
        for (const what of found) if (!before.split(' ').includes(what)) note(what)
        before = found.join(' ')
      })
    },
  }
}
