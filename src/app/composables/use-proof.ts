import { ref } from 'vue'
import { refuse, type Result } from '#domain/result.ts'
import { useServices } from '../services.ts'

/**
 * Orders to the server for which a second factor has to be shown now and then: asks for it when the server wants it, and sends the order
 * again once it was shown. The page shows `ProveSheet` with `asking` and `answered`.
 */
export function useProof() {
  const { desk } = useServices()
  const asking = ref(false)
  let go: ((isProved: boolean) => void) | null = null

  /** @returns the server's answer; `not-proved` when the person closed the sheet */
  async function order<T>(path: string, body: unknown): Promise<Result<T>> {
    const answer = await desk.post<T>(path, body)
    if (answer.ok || answer.reason !== 'prove-again') return answer
    const isProved = await new Promise<boolean>((resolve) => {
      go = resolve
      asking.value = true
    })
    return isProved ? desk.post<T>(path, body) : refuse('not-proved')
  }

  function answered(isProved: boolean) {
    asking.value = false
    go?.(isProved)
    go = null
  }
  return { asking, order, answered }
}
