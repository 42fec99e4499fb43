import { onScopeDispose } from 'vue'
import { HEAD_PATH } from '#sync/protocol/wire.ts'
import { useLive } from '../../../composables/use-live.ts'
import { useServices } from '../../../services.ts'

const EVERY_MS = 4000

/**
 * Asks every four seconds, while somebody looks, how far a county's ledger is, and calls when it moved: what is handed in is on the open
 * desk within ten seconds. The question is answered from the server's memory.
 */
export function useHeartbeat(county: () => string | null, moved: () => void): void {
  const { desk, notebook } = useServices()
  const status = useLive(notebook.status)
  let known: { county: string; head: string } | null = null
  let busy = false
  /** The last beat was not answered: when one is again, what shows may be old although the ledger did not move. */
  let lost = false

  async function beat() {
    const asked = county()
    if (busy || asked === null || document.visibilityState !== 'visible' || status.value?.cut === true) return
    busy = true
    const answer = await desk.get<unknown>(`${HEAD_PATH}?c=${asked}`)
    busy = false
    if (county() !== asked) return
    if (!answer.ok) {
      lost = true
      return
    }
    const head = JSON.stringify(answer.value)
    const isNew = lost || (known !== null && known.county === asked && known.head !== head)
    known = { county: asked, head }
    lost = false
    if (isNew) moved()
  }

  const timer = setInterval(() => void beat(), EVERY_MS)
  // Coming back after a while: look at once instead of showing yesterday for another four seconds.
  const back = () => {
    if (document.visibilityState === 'visible') moved()
  }
  document.addEventListener('visibilitychange', back)
  void beat()
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', back)
  })
}
