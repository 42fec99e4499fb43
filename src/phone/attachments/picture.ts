import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'

/** A picture that can be drawn smaller: what a canvas does, and what a test without one can do too. */
export interface Drawable {
  width: number
  height: number
  /** Draws it anew at a size as JPEG; nothing of what the camera wrote into the file is in it. @param quality (0, 1] */
  draw(width: number, height: number, quality: number): Promise<Uint8Array<ArrayBuffer>>
}

/** Size within a longest side, never larger than it was, at least one pixel each way. */
export function fit(width: number, height: number, longest: number): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

const PICTURE_QUALITY = 0.82
/** From good to just recognisable; the first that is small enough is taken. */
const THUMB_TRIES: readonly (readonly [side: number, quality: number])[] = [
  [ATTACHMENT_LIMITS.thumbSide, 0.7],
  [ATTACHMENT_LIMITS.thumbSide, 0.45],
  [120, 0.4],
  [80, 0.35],
]

/** Bytes as base64. */
export function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}

/** Base64 as bytes. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (one) => one.charCodeAt(0))

async function thumbOf(picture: Drawable): Promise<string | null> {
  for (const [side, quality] of THUMB_TRIES) {
    const { width, height } = fit(picture.width, picture.height, side)
    const text = base64(await picture.draw(width, height, quality))
    if (text.length <= ATTACHMENT_LIMITS.thumbText) return text
  }
  return null
}

/** The picture as it is kept, with the small one that travels with its record; null: none was small enough. */
export async function makePicture(
  picture: Drawable,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; thumb: string | null }> {
  const { width, height } = fit(picture.width, picture.height, ATTACHMENT_LIMITS.longSide)
  return { bytes: await picture.draw(width, height, PICTURE_QUALITY), thumb: await thumbOf(picture) }
}
