import { computed, ref } from 'vue'
import { useRoute } from 'vue-router'
import type { Dispute } from '#domain/dispute/dispute.ts'
import type { Edit } from '#phone/api.ts'
import { useLiveOf } from '../../../composables/use-live.ts'
import { useRefusal } from '../../../composables/use-refusal.ts'
import { useServices } from '../../../services.ts'

/** The dispute of the address, and saving to it. `opened` is undefined while it is read and null when it is not on this phone. */
export function useDispute() {
  const { notebook } = useServices()
  const route = useRoute()
  const sentence = useRefusal()
  const id = String(route.params['id'])
  const opened = useLiveOf(() => notebook.open('dispute', id))
  const dispute = computed(() => (opened.value ? (opened.value.body as unknown as Dispute) : null))
  const busy = ref(false)
  const trouble = ref('')

  /** Saves edits of this dispute; true when the phone has them. What went wrong stands in `trouble`. */
  async function save(edits: (at: Pick<Edit, 'kind' | 'id' | 'region'>) => Edit[]): Promise<boolean> {
    if (busy.value || !opened.value) return false
    busy.value = true
    trouble.value = ''
    try {
      const saved = await notebook.save(edits({ kind: 'dispute', id, region: opened.value.region }))
      if (!saved.ok) trouble.value = sentence(saved.reason)
      return saved.ok
    } catch {
      trouble.value = sentence('storage-broken')
      return false
    } finally {
      busy.value = false
    }
  }
  return { id, opened, dispute, busy, trouble, save }
}
