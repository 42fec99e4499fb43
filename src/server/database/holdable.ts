/** Whether no database of ours holds a text: it has a NUL in it (SQLSTATE 22021), or half a character (22P05 in JSON). */
export const isHeldByNone = (text: string): boolean => text.includes('\0') || /\p{Cs}/u.test(text)

/** The text without that. */
export const holdable = (text: string): string => text.replaceAll('\0', '').replaceAll(/\p{Cs}/gu, '')
