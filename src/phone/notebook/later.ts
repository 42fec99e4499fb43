import type { EngineNews } from '#sync/engine/run.ts'
import type { Context } from './context.ts'

/** Kept off the network by a person, or in need of one: nobody hands in behind their back. */
const RESTING: readonly (string | undefined)[] = ['cut', 'needs-login']

/**
 * Asks the browser to hand in when the page cannot: after a failure, once until it works again, and when the page is left while
 * something waits. Nothing hangs on it.
 * @param waiting ops that wait
 * @param files files that wait
 */
export function handInLater(
  ctx: Pick<Context, 'vault' | 'ports'>,
  waiting: () => number,
  files: () => number,
  news: () => EngineNews | undefined,
): { changed(): void; stop(): void } {
  const { background } = ctx.ports
  let asked = false
  const mayGo = (): boolean => waiting() + files() > 0 && !RESTING.includes(news()?.state.name)
  const stop = background?.onLeave(ctx.vault, mayGo)
  return {
    changed() {
      const state = news()?.state
      if (state?.name === 'idle') asked = false
      if (asked || state?.name !== 'backing-off' || state.tries === 0 || waiting() === 0) return
      asked = true
      background?.failed(ctx.vault)
    },
    stop: () => stop?.(),
  }
}
