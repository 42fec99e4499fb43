import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import * as v from 'valibot'
import type { WholeNotebook } from '#phone/api.ts'
import { useLive } from '../../../composables/use-live.ts'
import { useServices } from '../../../services.ts'

/** What is asked, and the name under which its last answer is kept: the same tomorrow, when `path` ends on another day. */
export interface Question {
  /** Path beginning with /api/. */
  path: string
  keptAs: string
}

export interface Answer<T> {
  /** The newest answer known for the question asked now; null while there is none. */
  value: Readonly<ShallowRef<T | null>>
  /** The server could not be asked last time: what shows is as old as its own as-of. */
  offline: Readonly<Ref<boolean>>
  /** Reason code of a refusal; '' otherwise. */
  refused: Readonly<Ref<string>>
  /** Asks again, keeping what shows. */
  refresh(): Promise<void>
}

const WEATHER = new Set(['no-network', 'server-broken', 'busy'])

/**
 * An answer of the server with the desk's memory behind it: what was last known shows at once, the server's word replaces it, and
 * without a network the last word stays with its own as-of. An answer of another shape than expected counts as no answer.
 * @param asking the question, or its path alone when its answer is kept under that; null asks nothing
 */
export function useAnswer<T>(
  asking: () => Question | string | null,
  schema: v.GenericSchema<unknown, T>,
): Answer<T> {
  const { desk, notebook } = useServices()
  const me = useLive(notebook.me)
  // Before this phone knows whose it is, the server would not know either.
  const question = () => (me.value ? pathOf() : null)
  const pathOf = (): string | null => {
    const one = asking()
    return one === null || typeof one === 'string' ? one : one.path
  }
  const keptAs = (): string => {
    const one = asking()
    return one === null || typeof one === 'string' ? (one ?? '') : one.keptAs
  }
  const status = useLive(notebook.status)
  // The part of the notebook that only the desk asks for.
  const { deskCache } = notebook as Partial<WholeNotebook>
  const value: ShallowRef<T | null> = shallowRef(null)
  const offline = ref(false)
  const refused = ref('')
  let gone = false
  onScopeDispose(() => {
    gone = true
  })
  const isStill = (asked: string) => !gone && question() === asked

  async function recall(asked: string) {
    const kept = (await deskCache?.get(keptAs()).catch(() => null)) ?? null
    const parsed = kept ? v.safeParse(schema, kept.value) : null
    if (isStill(asked) && value.value === null && parsed?.success) value.value = parsed.output
  }

  async function ask(asked: string) {
    if (status.value?.cut === true) {
      offline.value = true
      return
    }
    const answer = await desk.get<unknown>(asked)
    if (!isStill(asked)) return
    if (!answer.ok) {
      offline.value = WEATHER.has(answer.reason)
      refused.value = offline.value ? '' : answer.reason
      return
    }
    const parsed = v.safeParse(schema, answer.value)
    offline.value = !parsed.success
    refused.value = ''
    if (!parsed.success) return
    value.value = parsed.output
    void deskCache?.put(keptAs(), parsed.output, Date.now()).catch(() => undefined)
  }

  watch(
    question,
    async (asked) => {
      value.value = null
      refused.value = ''
      if (asked === null) return
      await Promise.all([recall(asked), ask(asked)])
    },
    { immediate: true },
  )
  watch(
    () => status.value?.cut,
    (cut, before) => {
      const asked = question()
      if (before === undefined || asked === null) return
      if (cut) offline.value = true
      else void ask(asked)
    },
  )
  return {
    value,
    offline,
    refused,
    async refresh() {
      const asked = question()
      if (asked !== null) await ask(asked)
    },
  }
}
