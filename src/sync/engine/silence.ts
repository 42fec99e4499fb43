import { NoAnswer, type EngineClock } from './ports.ts'

/** No byte for this long: the line is dead. A slow line that still moves may take as long as it needs. */
export const SILENCE_MS = 20_000

/**
 * Waits for something of the network, but not longer than silence may last; then breaks it off.
 * @throws NoAnswer, silent
 */
async function unlessSilent<T>(wait: Promise<T>, clock: EngineClock, breakOff: () => void): Promise<T> {
  let cancel: (() => void) | undefined
  const silence = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(SILENCE_MS, () => {
      breakOff()
      reject(new NoAnswer(true))
    })
  })
  try {
    return await Promise.race([wait, silence])
  } finally {
    cancel?.()
  }
}

/** A request that is given up when nothing comes back. */
export const answered = unlessSilent

/** The pieces of an answer, until it falls silent; every piece that had come was handed on before (L-15). */
export async function* flowing(
  chunks: AsyncIterable<Uint8Array>,
  clock: EngineClock,
  breakOff: () => void,
): AsyncGenerator<Uint8Array> {
  const pieces = chunks[Symbol.asyncIterator]()
  for (;;) {
    const piece = await unlessSilent(pieces.next(), clock, breakOff)
    if (piece.done) return
    yield piece.value
  }
}
