import { fileTypeOf, HEAD_BYTES } from '#domain/attachment/file-type.ts'
import type { Day } from '#domain/time/day.ts'
import type { Taken } from '#phone/attachments/api.ts'

/** Why nothing can be recorded: no-recorder: this browser has none; no-microphone: refused, or none there; slow: the phone did not answer. */
export type RecorderTrouble = 'no-recorder' | 'no-microphone' | 'slow'

export interface Recording {
  /** Ends it; null when nothing was heard. */
  stop(today: Day): Promise<Taken | null>
  /** Ends it and throws it away. */
  drop(): void
}

/** Sorts of recording in the order of liking: small, and taken everywhere. */
const SORTS = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'] as const
/** Speech needs no more; half an hour is some five megabytes. */
const BITS_PER_SECOND = 24_000
/** A question nobody answers must not keep anybody (L-3). */
const PATIENCE_MS = 20_000

export const canRecord = (): boolean =>
  'MediaRecorder' in globalThis && navigator.mediaDevices?.getUserMedia !== undefined

const letGo = (stream: MediaStream): void => {
  for (const track of stream.getTracks()) track.stop()
}

/** Asks for the microphone; an answer that comes too late is given back at once. */
function microphone(): Promise<MediaStream | RecorderTrouble> {
  return new Promise((resolve) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      resolve('slow')
    }, PATIENCE_MS)
    navigator.mediaDevices.getUserMedia({ audio: true }).then(
      (stream) => {
        clearTimeout(timer)
        if (late) return letGo(stream)
        return resolve(stream)
      },
      () => {
        clearTimeout(timer)
        resolve('no-microphone')
      },
    )
  })
}

async function takenFrom(parts: readonly Blob[], seconds: number, today: Day): Promise<Taken | null> {
  const whole = new Blob([...parts], { type: parts[0]?.type ?? '' })
  const bytes = new Uint8Array(await whole.arrayBuffer())
  const mime = fileTypeOf(whole.type, bytes.subarray(0, HEAD_BYTES))
  return mime === null ? null : { bytes, mime, name: '', thumb: null, takenOn: today, caption: '', seconds }
}

/** Begins to record. @param now monotonic milliseconds, for the length */
export async function record(now: () => number): Promise<Recording | RecorderTrouble> {
  if (!canRecord()) return 'no-recorder'
  const stream = await microphone()
  if (typeof stream === 'string') return stream
  const mimeType = SORTS.find((one) => MediaRecorder.isTypeSupported(one))
  const recorder = new MediaRecorder(stream, {
    ...(mimeType ? { mimeType } : {}),
    audioBitsPerSecond: BITS_PER_SECOND,
  })
  const parts: Blob[] = []
  const begun = now()
  recorder.addEventListener('dataavailable', (event) => {
    if (event.data.size > 0) parts.push(event.data)
  })
  recorder.start(1000)
  const end = (): Promise<void> =>
    new Promise((resolve) => {
      recorder.addEventListener('stop', () => resolve())
      if (recorder.state === 'inactive') resolve()
      else recorder.stop()
      letGo(stream)
    })
  return {
    async stop(today) {
      const seconds = Math.round((now() - begun) / 1000)
      await end()
      return parts.length > 0 ? takenFrom(parts, seconds, today) : null
    },
    drop: () => void end(),
  }
}
