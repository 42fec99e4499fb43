import { computed } from 'vue'
import type { Id } from '#domain/id.ts'
import type { Body } from '#domain/record/kind.ts'
import { useLive, useLiveOf } from '../../../composables/use-live.ts'
import { useSettle } from '../../../composables/use-settle.ts'
import { useServices } from '../../../services.ts'

/** Reasons that typing it anew cannot mend: the record is over, is somebody else's, or is there already. */
const BEYOND_MENDING: readonly string[] = [
  'closed',
  'exists',
  'out-of-scope',
  'not-yours',
  'fork',
  'nothing-to-return',
]

/**
 * One refused op and what its author can decide. `op` is undefined while it is read and null when it is decided. What went wrong
 * stands as a sentence in `trouble`, what was typed stays on the screen.
 */
export function useRefused(n: () => number) {
  const { notebook } = useServices()
  const { care } = notebook
  const all = useLive(care.refused)
  const queue = useLive(notebook.queue)
  const op = computed(() => (all.value ? (all.value.find((one) => one.n === n()) ?? null) : undefined))
  const opened = useLiveOf(() =>
    op.value
      ? notebook.open(op.value.kind, op.value.id)
      : { get: () => undefined, subscribe: () => () => undefined },
  )
  const { busy, trouble, sentence, settle } = useSettle()

  return {
    op,
    opened,
    busy,
    trouble,
    sentence,
    /** Whether typing it anew can help. */
    mendable: computed(() => op.value !== null && !BEYOND_MENDING.includes(op.value?.code ?? '')),
    /** Changes of the same record that were written after a refused creation and hang on it. */
    hangs: computed(() => {
      const one = op.value
      if (!one || opened.value?.rv !== 0) return 0
      return (queue.value ?? []).filter((waiting) => waiting.key === one.key && waiting.n > one.n).length
    }),
    resend: (args: Body, draft: Id) =>
      settle(async () => {
        const one = op.value
        if (!one || !opened.value) return { ok: false, reason: 'no-record' }
        const { region } = opened.value
        const edit = { op: one.op, kind: one.kind, id: one.id, region, args }
        const done = await care.resend(one.n, [edit])
        if (done.ok) await notebook.drafts.drop(draft).catch(() => undefined)
        return done
      }),
    discard: (reason: string) => settle(() => care.discard(n(), reason)),
    ask: (note: string) => settle(() => care.askSupervisor(n(), note)),
  }
}
export type OpenRefused = ReturnType<typeof useRefused>
