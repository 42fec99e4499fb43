import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import * as v from 'valibot'
import type { WholeNotebook } from '#phone/api.ts'
import { useLive } from '../../../composables/use-live.ts'
import { useServices } from '../../../services.ts'

/** What is asked, and the name under which its last answer is kept: the same tomorrow, when `path` ends on another day. */
export interface Question {
  /** Path beginning with /api/. */
  path: string
  /** null keeps nothing: a file that was opened whole does not stay in anybody's pocket. */
  keptAs: string | null
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

/** The desk's memory on this phone: last answers by name, of the shape that is wanted. */
function useMemory<T>(schema: v.GenericSchema<unknown, T>) {
  const { notebook, clock } = useServices()
  // The part of the notebook that only the desk asks for.
  const { deskCache } = notebook as Partial<WholeNotebook>
  return {
    async recall(name: string | null): Promise<T | null> {
      if (name === null) return null
      const kept = await deskCache?.get(name).catch(() => null)
      const parsed = v.safeParse(schema, kept?.value)
      return parsed.success ? parsed.output : null
    },
    keep(name: string | null, value: T): void {
      if (name !== null) void deskCache?.put(name, value, clock.now.value).catch(() => undefined)
    },
  }
}

/**
 * An answer of the server with the desk's memory behind it: what was last known shows at once, the server's word replaces it, and
 * without a network the last word stays with its own as-of. An answer of another shape than expected counts as no answer.
 * @param asking the question; null asks nothing
 */
export function useAnswer<T>(asking: () => Question | null, schema: v.GenericSchema<unknown, T>): Answer<T> {
  const { desk, notebook } = useServices()
  const memory = useMemory(schema)
  const me = useLive(notebook.me)
  const status = useLive(notebook.status)
  const value: ShallowRef<T | null> = shallowRef(null)
  const offline = ref(false)
  const refused = ref('')
  let gone = false
  onScopeDispose(() => (gone = true))

  // Before this phone knows whose it is, the server would not know either.
  const question = () => (me.value ? asking() : null)
  const isStill = (asked: Question) => !gone && question()?.path === asked.path

  async function recall(asked: Question) {
    const kept = await memory.recall(asked.keptAs)
    if (kept !== null && value.value === null && isStill(asked)) value.value = kept
  }

  async function ask(asked: Question) {
    if (status.value?.cut === true) {
      offline.value = true
      return
    }
    const answer = await desk.get<unknown>(asked.path)
    if (!isStill(asked)) return
    const parsed = answer.ok ? v.safeParse(schema, answer.value) : null
    const reason = answer.ok ? '' : answer.reason
    offline.value = parsed ? !parsed.success : WEATHER.has(reason)
    refused.value = offline.value ? '' : reason
    if (!parsed?.success) return
    value.value = parsed.output
    memory.keep(asked.keptAs, parsed.output)
  }

  const again = async () => {
    const asked = question()
    if (asked) await ask(asked)
  }
  watch(
    () => question()?.path,
    async () => {
      value.value = null
      refused.value = ''
      const asked = question()
      if (asked) await Promise.all([recall(asked), ask(asked)])
    },
    { immediate: true },
  )
  watch(() => status.value?.cut, again)
  return { value, offline, refused, refresh: again }
}
