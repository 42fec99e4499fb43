import { computed, ref } from 'vue'
import { useRoute } from 'vue-router'
import type { Id } from '#domain/id.ts'
import type { Kind } from '#domain/record/kind.ts'
import type { Edit } from '#phone/api.ts'
import { useServices } from '../services.ts'
import { useLiveOf } from './use-live.ts'
import { useRefusal } from './use-refusal.ts'

/** The record of the address, and saving to it. `opened` is undefined while it is read and null when it is not on this phone. */
export function useRecord<B>(kind: Kind) {
  const { notebook } = useServices()
  const route = useRoute()
  const sentence = useRefusal()
  const id = String(route.params['id'])
  const opened = useLiveOf(() => notebook.open(kind, id))
  const body = computed(() => (opened.value ? (opened.value.body as B) : null))
  const busy = ref(false)
  const trouble = ref('')

  /** Saves edits, and lets a draft go with them; true when the phone has them. What went wrong stands in `trouble`, what was typed stays on the screen. */
  async function save(
    edits: (at: Pick<Edit, 'kind' | 'id' | 'region'>) => Edit[],
    draft?: Id,
  ): Promise<boolean> {
    if (busy.value || !opened.value) return false
    busy.value = true
    trouble.value = ''
    try {
      const saved = await notebook.save(
        edits({ kind, id, region: opened.value.region }),
        draft === undefined ? {} : { draft },
      )
      if (!saved.ok) trouble.value = sentence(saved.reason)
      return saved.ok
    } catch {
      trouble.value = sentence('storage-broken')
      return false
    } finally {
      busy.value = false
    }
  }
  return { id, opened, body, busy, trouble, save }
}
