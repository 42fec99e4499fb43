import * as v from 'valibot'
import { onBeforeUnmount, reactive, watch } from 'vue'
import type { Id } from '#domain/id.ts'
import type { Draft } from '#phone/api.ts'
import { useServices } from '../../../services.ts'
import { StepValuesSchema, type StepValues } from '../step-values.ts'
import type { Step } from '../steps.ts'

/** The form under which unfinished sheets are kept among the drafts. */
const STEP_FORM = 'dispute-step'
const PAUSE_MS = 400

/** Which dispute and which step an unfinished sheet belongs to; null for a draft of another kind. */
export function placeOfDraft(
  draft: Pick<Draft, 'form' | 'values'> | null,
): { dispute: Id; step: string } | null {
  const dispute = draft?.values['dispute']
  const step = draft?.values['step']
  return draft?.form === STEP_FORM && typeof dispute === 'string' && typeof step === 'string'
    ? { dispute, step }
    : null
}

/**
 * What is typed into a sheet, kept on this phone at every pause and found again when the same sheet of the same dispute opens.
 * @param start what the sheet holds before anything is typed
 * @param title what a list says of the draft
 */
export function useStepDraft(dispute: Id, step: Step, start: StepValues, title: string) {
  const { notebook, dirty } = useServices()
  const found = notebook.drafts.list.get()?.find((one) => {
    const place = placeOfDraft(one)
    return place?.dispute === dispute && place.step === step
  })
  const id = found?.id ?? notebook.newId()
  const blank = JSON.stringify(start)
  const values = reactive(found ? v.parse(StepValuesSchema, { ...start, ...found.values }) : start)
  const mark = Symbol(step)
  let last = JSON.stringify(values)
  let done = false
  let timer: ReturnType<typeof setTimeout> | undefined

  async function put(now: string): Promise<boolean> {
    try {
      if (now === blank) {
        await notebook.drafts.drop(id)
        return true
      }
      const kept = { dispute, step, ...(JSON.parse(now) as StepValues) }
      return (await notebook.drafts.put({ id, form: STEP_FORM, title, at: Date.now(), values: kept })).ok
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
  watch(values, () => {
    if (done) return
    dirty.mark(mark, true)
    clearTimeout(timer)
    timer = setTimeout(leaving, PAUSE_MS)
  })
  onBeforeUnmount(() => {
    void keep()
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
