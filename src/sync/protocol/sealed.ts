/**
 * What a phone seals for its server besides itself, so that it can be handed in while nobody has unlocked the phone. A box of suite 2 is
 * the suite (0, 2), the number of wraps, the wraps (recipient, length in two bytes, bytes), an IV and AES-256-GCM of the padded content.
 * The server's wrap is the name of its key, an encapsulated key, an IV and AES-256-GCM of the content key under what both export from it
 * (RFC 9180, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, base mode, §5.3).
 */
export const SEALED = 2
/** The recipient that is the server. */
export const THE_SERVER = 2
export const SERVER_INFO = 'mingbai drop-box'
export const SERVER_EXPORT = 'item keys'
/** Bytes of a key's name: the first of SHA-256 of its public half. */
export const KEY_NAME = 8

/** The words a row is bound to. `1` at the end: the version of what is inside. */
export const rowWords = (store: string, row: string): string => `1|${store}|${row}|1`
/** The same in a box with several recipients. */
export const sealedWords = (store: string, row: string): string => `${SEALED}>${rowWords(store, row)}`
