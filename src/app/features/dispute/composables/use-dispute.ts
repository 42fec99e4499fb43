import type { Id } from '#domain/id.ts'
import type { Edit } from '#phone/api.ts'
import { useLiveOf } from '../../../composables/use-live.ts'
import { useSettle } from '../../../composables/use-settle.ts'
import { useServices } from '../../../services.ts'

/**
 * One dispute on its page: as it stands on this phone, and how it is changed. A refusal stays as a sentence in `trouble`; what
 * was typed is still on the screen. Needs the words of `refusal`.
 */
export function useDispute(id: () => Id) {
  const { notebook } = useServices()
  const { care } = notebook
  const opened = useLiveOf(() => notebook.open('dispute', id()))
  const { busy, trouble, settle } = useSettle()

  return {
    opened,
    busy,
    trouble,
    /** Saves edits together; true when the phone has them. `draft` goes away with the save. */
    async save(edits: readonly Edit[], draft?: Id): Promise<boolean> {
      const done = await settle(() => notebook.save(edits, draft === undefined ? {} : { draft }))
      if (done) navigator.vibrate?.(10)
      return done
    },
    /** Saves edits in place of an op the server did not accept; true when the phone has them. */
    async resend(n: number, edits: readonly Edit[], draft: Id): Promise<boolean> {
      const done = await settle(() => care.resend(n, edits))
      if (done) await notebook.drafts.drop(draft).catch(() => undefined)
      return done
    },
  }
}
export type OpenDispute = ReturnType<typeof useDispute>
