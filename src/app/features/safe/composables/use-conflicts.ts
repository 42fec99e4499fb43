import { computed } from 'vue'
import type { Id } from '#domain/id.ts'
import type { Body, Kind } from '#domain/record/kind.ts'
import { restoringOp } from '#sync/fold/losses.ts'
import type { OpenConflict } from '#phone/care.ts'
import { useLive, useLiveOf } from '../../../composables/use-live.ts'
import { useSettle } from '../../../composables/use-settle.ts'
import { useServices } from '../../../services.ts'

/** The two versions of a record and what can be decided about each. What went wrong stands as a sentence in `trouble`. */
export function useConflicts(of: () => { kind: Kind; id: Id }) {
  const { notebook } = useServices()
  const rows = useLive(notebook.rows)
  const opened = useLiveOf(() => notebook.open(of().kind, of().id))
  const { busy, trouble, settle } = useSettle()

  async function save(change: { op: string; args: Body }): Promise<boolean> {
    const record = opened.value
    if (!record) return false
    const { kind, id, region } = record
    return settle(() => notebook.save([{ kind, id, region, ...change }]))
  }

  return {
    opened,
    busy,
    trouble,
    conflicts: computed<readonly OpenConflict[]>(() => opened.value?.conflicts ?? []),
    title: computed(() => rows.value?.find((row) => row.id === of().id)?.title ?? ''),
    /** The value that lost goes in place of the one that stands. */
    take: (one: OpenConflict) => save(restoringOp(one.field, one.lost)),
    /** What stands, stays. */
    stay: (one: OpenConflict) => save({ op: 'loss.settle', args: { field: one.field, rv: one.rv } }),
    /** Both texts, one under the other. */
    join: (one: OpenConflict) =>
      save({ op: 'patch', args: { [one.field]: `${String(one.kept)}\n${String(one.lost)}` } }),
  }
}
