import { checkPassphrase } from '#domain/backup.ts'
import type { Secret } from '../seal/envelope.ts'
import { weakPin, type WeakPin } from './pin.ts'

/** Why a PIN or a passphrase is not taken. */
export type WeakSecret = WeakPin | 'weak-passphrase'

/** Why this is too easily guessed; null: it may be taken. A passphrase is judged as that of a backup is. */
export function weakSecret({ by, words }: Secret): WeakSecret | null {
  if (by === 'pin') return weakPin(words)
  const checked = checkPassphrase(words)
  return checked.ok ? null : checked.reason
}

/** A secret as a key is made from it: spaces around a passphrase and the way a keyboard composed it do not matter. */
export const spoken = ({ by, words }: Secret): Secret => ({
  by,
  words: by === 'pin' ? words : words.normalize('NFC').trim(),
})
