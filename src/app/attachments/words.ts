import { sortOf } from '#domain/attachment/file-type.ts'
import type { Shown } from '../composables/use-attachments.ts'

type Translate = (key: string, values?: Record<string, unknown>) => string

/** 320 KB, 1.4 MB. Needs the words of `attachment`. */
export function sizeWords(bytes: number, t: Translate): string {
  const kb = Math.max(1, Math.round(bytes / 1000))
  return kb < 1000 ? t('attachment.kb', { n: kb }) : t('attachment.mb', { n: (kb / 1000).toFixed(1) })
}

/** 0:42, 12:05. */
export const lengthWords = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`

/** What a file is called: what somebody wrote of it, its own name, or its sort with its place among those of the record. */
export function nameWords(one: Shown, all: readonly Shown[], t: Translate): string {
  const { caption, name, mime } = one.body
  if (caption !== '') return caption
  const sort = sortOf(mime)
  // A camera's name says nothing to anybody.
  if (name !== '' && sort !== 'picture') return name
  const same = all.filter((other) => sortOf(other.body.mime) === sort)
  return t('attachment.nth', { what: t(`attachment.sort.${sort}`), n: same.indexOf(one) + 1 })
}
