import * as v from 'valibot'
import { onBeforeUnmount, reactive, watch } from 'vue'
import type { Id } from '#domain/id.ts'
import { KindSchema, type Body, type Kind } from '#domain/record/kind.ts'
import type { Draft } from '#phone/api.ts'
import { useServices } from '../services.ts'

const PAUSE_MS = 400

/** Which sheet of which record something belongs to. */
export interface SheetPlace {
  kind: Kind
  id: Id
  step: string
}

/** The form under which unfinished sheets of a kind are kept among the drafts: outreach-step. */
const formOf = (kind: Kind): string => `${kind}-step`

/** The sheet an unfinished draft belongs to; null for a draft of another kind. */
export function placeOfDraft(draft: Pick<Draft, 'form' | 'values'> | null): SheetPlace | null {
  const kind = draft?.form.replace(/-step$/, '')
  const { record, step } = draft?.values ?? {}
  if (!v.is(KindSchema, kind) || draft?.form !== formOf(kind)) return null
  return typeof record === 'string' && typeof step === 'string' ? { kind, id: record, step } : null
}

/**
 * What is typed into a sheet, kept on this phone at every pause and found again when the same sheet of the same record opens.
 * @param start what the sheet holds before anything is typed
 * @param read makes kept values of any age into the sheet's own; it never refuses
 * @param title what a list says of the draft
 */
export function useSheetDraft<V extends object>(
  place: SheetPlace,
  start: V,
  read: (kept: Body) => V,
  title: string,
) {
  const { notebook, dirty } = useServices()
  const found = notebook.drafts.list.get()?.find((one) => {
    const its = placeOfDraft(one)
    return its?.kind === place.kind && its.id === place.id && its.step === place.step
  })
  const id = found?.id ?? notebook.newId()
  const blank = JSON.stringify(start)
  const values = reactive(found ? read(found.values) : start) as V
  const mark = Symbol(place.step)
  let last = JSON.stringify(values)
  let done = false
  let timer: ReturnType<typeof setTimeout> | undefined

  async function put(now: string): Promise<boolean> {
    try {
      if (now === blank) {
        await notebook.drafts.drop(id)
        return true
      }
      const kept = { ...(JSON.parse(now) as Body), record: place.id, step: place.step }
      return (
        await notebook.drafts.put({ id, form: formOf(place.kind), title, at: Date.now(), values: kept })
      ).ok
    } catch {
      // What was typed stays on the screen, and the next pause tries again.
      return false
    }
  }

  async function keep(): Promise<void> {
    clearTimeout(timer)
    const now = JSON.stringify(values)
    if (done || now === last) return
    last = now
    if (!(await put(now))) last = ''
    else if (last === now) dirty.mark(mark, false)
  }

  const leaving = () => void keep()
  const hidden = () => void (document.visibilityState === 'hidden' && keep())
  document.addEventListener('visibilitychange', hidden)
  window.addEventListener('pagehide', leaving)
  const unkeep = dirty.onKeep(keep)
  watch(values, () => {
    if (done) return
    dirty.mark(mark, true)
    clearTimeout(timer)
    timer = setTimeout(leaving, PAUSE_MS)
  })
  onBeforeUnmount(() => {
    void keep()
    unkeep()
    document.removeEventListener('visibilitychange', hidden)
    window.removeEventListener('pagehide', leaving)
    dirty.mark(mark, false)
  })

  return {
    values,
    id,
    /** The step is saved; nothing more is kept. */
    finish: () => {
      done = true
      clearTimeout(timer)
    },
  }
}
