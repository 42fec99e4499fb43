import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Bytes } from '#phone/database/rows.ts'
import type { Channel, Locks } from '#phone/ports.ts'
import { padded, unpad, type Sealer } from '#phone/seal/box.ts'
import type { Dice } from './random.ts'
import type { Life } from './tab.ts'
import type { Time } from './time.ts'

/** A sealed text that hides nothing: a backup's cipher in a world without threads. */
const TAG = 16
const tagged = (bytes: Uint8Array): ArrayBuffer => {
  const box = new Uint8Array(bytes.length + TAG)
  box.set(bytes)
  return box.buffer
}

/** The part of WebCrypto a notebook asks for, with the world's dice and without a thread of its own. */
export const cryptoOf = (dice: Dice): Crypto =>
  ({
    getRandomValues: <T extends Uint8Array>(into: T): T => {
      into.set(dice.bytes(into.length))
      return into
    },
    subtle: {
      importKey: async () => ({}),
      encrypt: async (_how: object, _key: object, plain: Uint8Array) => tagged(plain),
      decrypt: async (_how: object, _key: object, box: Uint8Array) =>
        new Uint8Array(box.subarray(0, box.length - TAG)).buffer,
      digest: async (_name: string, bytes: Uint8Array) =>
        new Uint8Array(hash('sha256', bytes, 'buffer')).buffer,
    },
  }) as unknown as Crypto

/** Bytes before what is in a box. */
export const HEAD = 8

/** Boxes sealed here and what each was bound to; one that a flash chip has changed is another box. */
const whole = new WeakMap<Bytes, string>()

/** Whether boxes are as long as a phone makes them, which costs time. */
let isPadding = false
export const padBoxes = (on: boolean): void => void (isPadding = on)

/**
 * A box that hides nothing but notices what a real one notices: a changed byte, and another place than its own. Sealing is what a
 * world would spend most of its time on, and nothing here hangs on its secrecy.
 */
export const cheapSealer: Sealer = {
  async seal(aad, content) {
    const plain = isPadding ? padded(content, (lent) => lent.slice()) : content
    const box = new Uint8Array(HEAD + plain.length)
    const view = new DataView(box.buffer)
    view.setUint32(0, crc32(plain))
    view.setUint32(4, crc32(aad))
    box.set(plain, HEAD)
    whole.set(box, aad)
    return box
  },
  async open(aad, box) {
    const plain = openBox(aad, box)
    return isPadding ? unpad(plain) : plain
  },
}

/** Opens a cheap box at once. */
export function openBox(aad: string, box: Bytes): Bytes {
  const plain = box.subarray(HEAD)
  if (whole.get(box) === aad) return plain
  const view = new DataView(box.buffer, box.byteOffset)
  if (view.getUint32(0) !== crc32(plain) || view.getUint32(4) !== crc32(aad))
    throw new DOMException('the box does not open', 'OperationError')
  return plain
}

/** Web Locks of one browser: a page that dies lets go of what it held. */
export class BrowserLocks {
  readonly #held = new Map<string, Life>()

  free(life: Life): void {
    for (const [name, holder] of this.#held) if (holder === life) this.#held.delete(name)
  }

  under(life: Life): Locks {
    return {
      request: (name, _options, work) =>
        life.call(async () => {
          if (this.#held.has(name)) return work(null)
          this.#held.set(name, life)
          try {
            return await work({ name })
          } finally {
            if (this.#held.get(name) === life) this.#held.delete(name)
          }
        }),
    }
  }
}

/** Channels between the pages of one browser; a note arrives some time later, or, when the browser is in trouble, never. */
export class BrowserChannels {
  readonly #ends = new Map<string, Set<{ life: Life; heard(message: unknown): void }>>()
  readonly #time: Time
  readonly #dice: Dice

  constructor(time: Time, dice: Dice) {
    this.#time = time
    this.#dice = dice
  }

  under(life: Life): (name: string) => Channel {
    return (name) => {
      const ends = this.#ends.get(name) ?? new Set()
      this.#ends.set(name, ends)
      let mine: { life: Life; heard(message: unknown): void } | undefined
      return {
        post: (message) => {
          if (life.step()) return
          // Most phones have one page, and nobody to copy anything for.
          let copy: unknown
          for (const end of ends) {
            if (end === mine || this.#dice.chance(0.02)) continue
            copy ??= structuredClone(message)
            this.#time.after(this.#dice.below(30), () => {
              if (!end.life.isOver && ends.has(end)) end.heard(copy)
            })
          }
        },
        listen: (heard) => {
          mine = { life, heard }
          ends.add(mine)
        },
        close: () => void (mine && ends.delete(mine)),
      }
    }
  }
}
