import { ref } from 'vue'
import { useRefusal } from './use-refusal.ts'

/** What was asked for and how it ended: done, or why not. */
type Ended = { ok: true } | { ok: false; reason: string }

/** Does one thing at a time; what went wrong stands as a sentence in `trouble`. Needs the words of `refusal`. */
export function useSettle() {
  const sentence = useRefusal()
  const busy = ref(false)
  const trouble = ref('')

  /** @returns whether it was done; false as well while another one is under way */
  async function settle(work: () => Promise<Ended>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    trouble.value = ''
    try {
      const done = await work()
      if (!done.ok) trouble.value = sentence(done.reason)
      return done.ok
    } catch {
      trouble.value = sentence('storage-broken')
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, trouble, sentence, settle }
}
