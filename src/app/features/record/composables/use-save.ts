import { ref } from 'vue'
import { useRouter } from 'vue-router'
import type { Id } from '#domain/id.ts'
import type { Kind } from '#domain/record/kind.ts'
import type { Edit } from '#phone/api.ts'
import { useDates } from '../../../composables/use-dates.ts'
import type { DraftForm } from '../../../composables/use-draft-form.ts'
import { useRefusal } from '../../../composables/use-refusal.ts'
import { useVillages } from '../../../composables/use-villages.ts'
import { useServices } from '../../../services.ts'
import type { Writer } from '../forms/dispute-form.ts'

/**
 * Saving a form: only when the database has it is it said so. A refusal stays on the page as a sentence, and what was typed
 * stays in the draft.
 */
export function useSave(form: Pick<DraftForm<object>, 'id' | 'keep' | 'finish'>) {
  const { notebook, storage, install, lock } = useServices()
  const router = useRouter()
  const sentence = useRefusal()
  const dates = useDates()
  const { me, home } = useVillages()
  const busy = ref(false)
  const trouble = ref('')
  /** How often the phone itself could not save this form. */
  const unsaved = ref(0)

  const writer = (): Writer | null =>
    me.value && home.value
      ? {
          person: me.value.person,
          name: me.value.name,
          today: dates.today.value,
          region: home.value,
          newId: notebook.newId,
        }
      : null

  function fail(reason: string): void {
    trouble.value = sentence(reason)
    if (reason === 'storage-full' || reason === 'storage-broken') unsaved.value += 1
  }

  async function save(kind: Kind, edits: (id: Id, writer: Writer) => Edit[]): Promise<void> {
    if (busy.value) return
    const who = writer()
    if (!who) {
      await form.keep()
      trouble.value = sentence('not-entered')
      return
    }
    busy.value = true
    trouble.value = ''
    const id = notebook.newId()
    try {
      const saved = await notebook.save(edits(id, who), { draft: form.id })
      if (!saved.ok) return fail(saved.reason)
    } catch {
      return fail('storage-broken')
    } finally {
      busy.value = false
    }
    form.finish()
    navigator.vibrate?.(10)
    void storage.keep().catch(() => null)
    install.saved()
    if (lock.state.value === 'locked') {
      // What was just written cannot be read either before the vault is open.
      lock.kept.value++
      await router.replace('/')
      return
    }
    await router.replace(`/saved/${kind}/${id}`)
  }

  return { busy, trouble, unsaved, save }
}
