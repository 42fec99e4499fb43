import * as v from 'valibot'
import { onBeforeUnmount, reactive, ref, toRaw, watch, type Ref } from 'vue'
import { onBeforeRouteLeave, useRoute, useRouter } from 'vue-router'
import type { Id } from '#domain/id.ts'
import type { Body } from '#domain/record/kind.ts'
import { useServices } from '../services.ts'

/** How long a pause of typing lasts before what was typed is kept, ms. */
const PAUSE_MS = 400

export interface DraftForm<V extends object> {
  values: V
  /** Where it stands: nothing typed yet, being kept, kept on this phone, or this phone could not keep it. */
  kept: Ref<'empty' | 'keeping' | 'kept' | 'failed'>
  /** The draft that goes away with the save. */
  id: Id
  /** Keeps what is typed now. */
  keep(): Promise<void>
  /** The record is saved; nothing more is kept. */
  finish(): void
}

/**
 * A form whose every pause is kept as a draft on this phone, so that a killed page, a dead battery or a wrong tap loses nothing.
 * The draft's id stands in the address: the same address opens it again.
 * @param form the draft's form: dispute, outreach, service, screening
 * @param schema reads kept values of any age; it fills in what is missing and never refuses
 * @param titleOf what a list says of the draft
 */
export function useDraftForm<V extends object>(
  form: string,
  schema: v.GenericSchema<unknown, V>,
  titleOf: (values: V) => string,
): DraftForm<V> {
  const { notebook, dirty } = useServices()
  const route = useRoute()
  const router = useRouter()
  const asked = route.query['draft']
  const id: Id = typeof asked === 'string' && asked !== '' ? asked : notebook.newId()
  const values = reactive(v.parse(schema, {})) as V
  const blank = JSON.stringify(values)
  const kept: DraftForm<V>['kept'] = ref('empty')
  const mark = Symbol(form)
  let last = blank
  let done = false
  let timer: ReturnType<typeof setTimeout> | undefined

  async function keep(): Promise<void> {
    clearTimeout(timer)
    const now = JSON.stringify(values)
    if (done || now === last || (now === blank && kept.value === 'empty')) return
    last = now
    kept.value = 'keeping'
    let ok = false
    try {
      const draft = {
        id,
        form,
        title: titleOf(toRaw(values) as V),
        at: Date.now(),
        values: JSON.parse(now) as Body,
      }
      ok = (await notebook.drafts.put(draft)).ok
    } catch {
      // A phone that cannot keep anything says so beside the title; what was typed stays on the screen.
    }
    if (!ok) last = ''
    kept.value = ok ? 'kept' : 'failed'
    if (ok && JSON.stringify(values) === now) dirty.mark(mark, false)
    if (ok && route.query['draft'] !== id && !done)
      void router.replace({ query: { ...route.query, draft: id } })
  }

  const hidden = () => document.visibilityState === 'hidden' && void keep()
  const leaving = () => void keep()
  document.addEventListener('visibilitychange', hidden)
  window.addEventListener('pagehide', leaving)
  const unkeep = dirty.onKeep(keep)

  function close() {
    document.removeEventListener('visibilitychange', hidden)
    window.removeEventListener('pagehide', leaving)
    unkeep()
    clearTimeout(timer)
    dirty.mark(mark, false)
  }

  async function restore(): Promise<void> {
    if (asked !== id) return
    const draft = await notebook.drafts.get(id).catch(() => null)
    if (!draft) return
    Object.assign(values, v.parse(schema, draft.values))
    last = JSON.stringify(values)
    kept.value = 'kept'
  }
  void restore()

  watch(values, () => {
    if (done || JSON.stringify(values) === last) return
    dirty.mark(mark, true)
    clearTimeout(timer)
    timer = setTimeout(() => void keep(), PAUSE_MS)
  })
  onBeforeRouteLeave(() => keep())
  onBeforeUnmount(close)

  return {
    values,
    kept,
    id,
    keep,
    finish: () => {
      done = true
      close()
    },
  }
}
