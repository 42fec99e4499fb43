import type { ContentPack } from '#domain/content/pack.ts'
import type { Live } from '#phone/api.ts'
import type { ContentShelf } from '#phone/content-shelf.ts'

/**
 * The shelf of legal content, opened when somebody first looks at it or when the app looks for a newer pack: reading it would
 * otherwise compete with the first list.
 * @param open brings the real shelf; asked once
 */
export function lateShelf(open: () => Promise<ContentShelf>): {
  content: Live<ContentPack>
  look(): Promise<unknown>
} {
  let real: Promise<ContentShelf> | undefined
  let here: ContentShelf | undefined
  const shelf = async (): Promise<ContentShelf> => {
    real ??= open()
    here = await real
    return here
  }
  return {
    content: {
      get: () => here?.content.get(),
      subscribe(listener) {
        let stop: (() => void) | undefined
        let stopped = false
        const listen = async () => {
          const opened = await shelf()
          if (!stopped) stop = opened.content.subscribe(listener)
        }
        void listen()
        return () => {
          stopped = true
          stop?.()
        }
      },
    },
    look: async () => (await shelf()).look(),
  }
}
