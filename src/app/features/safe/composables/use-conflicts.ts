import { computed, ref } from 'vue'
import type { Id } from '#domain/id.ts'
import type { Body, Kind } from '#domain/record/kind.ts'
import { restoringOp } from '#sync/fold/losses.ts'
import type { OpenConflict } from '#phone/care.ts'
import { useLive, useLiveOf } from '../../../composables/use-live.ts'
import { useRefusal } from '../../../composables/use-refusal.ts'
import { useServices } from '../../../services.ts'

/** The two versions of a record and what can be decided about each. What went wrong stands as a sentence in `trouble`. */
export function useConflicts(of: () => { kind: Kind; id: Id }) {
  const { notebook } = useServices()
  const sentence = useRefusal()
  const rows = useLive(notebook.rows)
  const opened = useLiveOf(() => notebook.open(of().kind, of().id))
  const busy = ref(false)
  const trouble = ref('')

  async function save(change: { op: string; args: Body }): Promise<boolean> {
    const record = opened.value
    if (busy.value || !record) return false
    busy.value = true
    trouble.value = ''
    try {
      const { kind, id, region } = record
      const saved = await notebook.save([{ kind, id, region, ...change }])
      if (!saved.ok) trouble.value = sentence(saved.reason)
      return saved.ok
    } catch {
      trouble.value = sentence('storage-broken')
      return false
    } finally {
      busy.value = false
    }
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
