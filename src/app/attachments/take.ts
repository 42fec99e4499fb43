import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import { fileTypeOf, HEAD_BYTES } from '#domain/attachment/file-type.ts'
import { isOpenable } from '#domain/attachment/harmless.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { Day } from '#domain/time/day.ts'
import type { Taken } from '#phone/attachments/api.ts'
import { makePicture } from '#phone/attachments/picture.ts'
import { drawable } from './canvas.ts'

/** Why a chosen file was not taken. unknown-picture: this browser cannot open it; slow: reading it did not end. */
export type TakeTrouble = 'too-large' | 'wrong-file' | 'unknown-picture' | 'slow'

/** What a person may choose. */
export const ACCEPTED = 'image/*,audio/*,.pdf,.doc,.docx,.m4a,.amr,.mp3'

const HEADERS_BYTES = 1024 * 1024

/** A decoder that never ends must not keep anybody (L-3). */
const PATIENCE_MS = 30_000

function patiently<T>(work: Promise<T>): Promise<T | 'slow'> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve('slow'), PATIENCE_MS)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Its name, cut; half a sign at the end would not be taken in anywhere. */
const nameOf = (file: File): string => file.name.slice(0, 120).replace(/[\uD800-\uDBFF]$/, '')

async function pictureOf(file: File, today: Day): Promise<Result<Taken, TakeTrouble>> {
  // A few bytes may unpack into more than a phone holds. Sizes stand at the beginning, behind what a camera wrote at most.
  const head = new Uint8Array(await file.slice(0, HEADERS_BYTES).arrayBuffer())
  if (!isOpenable(head)) return refuse('too-large')
  const picture = await drawable(file).catch(() => null)
  if (!picture) return refuse('unknown-picture')
  try {
    const { bytes, thumb } = await makePicture(picture)
    return accept({
      bytes,
      mime: 'image/jpeg',
      name: nameOf(file),
      thumb,
      takenOn: today,
      caption: '',
      seconds: null,
    })
  } finally {
    picture.close()
  }
}

async function fileOf(file: File, today: Day): Promise<Result<Taken, TakeTrouble>> {
  if (file.size > ATTACHMENT_LIMITS.bytes) return refuse('too-large')
  // Read at once: what a `File` points to may be gone when it is needed.
  const bytes = new Uint8Array(await file.arrayBuffer())
  const mime = fileTypeOf(file.type, bytes.subarray(0, HEAD_BYTES))
  if (mime === null || mime === 'image/jpeg') return refuse('wrong-file')
  return accept({
    bytes,
    mime,
    name: nameOf(file),
    thumb: null,
    takenOn: today,
    caption: '',
    seconds: null,
  })
}

/** Makes of a chosen file what is kept: pictures drawn anew and smaller, sounds and papers as they are. Never rejects. */
export async function take(file: File, today: Day): Promise<Result<Taken, TakeTrouble>> {
  try {
    const isPicture = file.type.startsWith('image/')
    const done = await patiently(isPicture ? pictureOf(file, today) : fileOf(file, today))
    return done === 'slow' ? refuse('slow') : done
  } catch {
    return refuse('wrong-file')
  }
}
