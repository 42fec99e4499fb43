import { computed } from 'vue'
import type { LostSeen } from '#domain/desk/lost.ts'
import { KindSchema } from '#domain/record/kind.ts'
import type { Body } from '#domain/record/kind.ts'
import { restoringOp } from '#sync/fold/losses.ts'
import * as v from 'valibot'
import { useLiveOf } from '../../../composables/use-live.ts'
import { useSettle } from '../../../composables/use-settle.ts'
import { useServices } from '../../../services.ts'

/**
 * The record of a loss as this device has it, and what can be decided there: whoever keeps a record on the own device may write it, and
 * what they write goes the way of everything else that is written.
 */
export function useOwnCopy(of: () => LostSeen) {
  const { notebook } = useServices()
  const { busy, trouble, settle } = useSettle()
  const kind = computed(() => (v.is(KindSchema, of().row.kind) ? of().row.kind : 'dispute'))
  const opened = useLiveOf(() => notebook.open(kind.value as v.InferOutput<typeof KindSchema>, of().row.id))
  const isOpen = computed(
    () => opened.value?.conflicts.some((one) => one.field === of().field && one.rv === of().rv) ?? false,
  )

  async function save(change: { op: string; args: Body }): Promise<boolean> {
    const record = opened.value
    if (!record) return false
    const { id, region } = record
    return settle(() => notebook.save([{ kind: record.kind, id, region, ...change }]))
  }

  return {
    busy,
    trouble,
    /** open: can be decided here; decided: was, and is handed in; away: the record is not on this device. undefined while it is read. */
    state: computed(() =>
      opened.value === undefined
        ? undefined
        : opened.value === null
          ? 'away'
          : isOpen.value
            ? 'open'
            : 'decided',
    ),
    take: () => save(restoringOp(of().field, of().lost)),
    stay: () => save({ op: 'loss.settle', args: { field: of().field, rv: of().rv } }),
  }
}
