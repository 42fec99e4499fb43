import { createHmac } from 'node:crypto'
import { doorText, type Door, type DropboxAnswer, type DropboxRequest } from '#sync/protocol/dropbox.ts'
import type { DropNet } from '#phone/vault/drop-net.ts'
import { deriveDropboxKeys } from '#server/services/dropbox/dropbox-keys.ts'
import { openBox } from '#server/services/dropbox/open-box.ts'

/** A drop-box that opens what comes as the server does, and keeps it; the weather, the history and the orders are the test's. */
export class DropDouble implements DropNet {
  keys = deriveDropboxKeys(['the secret of a server that is not there'])
  readonly device: number
  epoch = 'e1'
  isDown = false
  good = true
  directives: unknown[] = []
  /** Every op that was opened, by id, as often as it came. */
  readonly ops: Record<string, unknown>[] = []
  readonly files = new Map<string, Buffer>()
  asked = 0

  constructor(device: number) {
    this.device = device
  }

  #takePiece({ piece }: DropboxRequest): { at?: number | null } {
    if (!piece) return {}
    const open = (store: string, row: string, box: string) =>
      openBox(this.keys, store, row, Buffer.from(box, 'base64url'))
    const bytes = open('chunk', `${piece.id}/${piece.at}`, piece.box)
    if (typeof bytes === 'string' || typeof open('blob', piece.id, piece.facts) === 'string')
      return { at: null }
    const whole = Buffer.concat([this.files.get(piece.id) ?? Buffer.alloc(0), bytes])
    this.files.set(piece.id, whole)
    return { at: whole.length }
  }

  async hand(token: string, request: DropboxRequest): Promise<DropboxAnswer | null> {
    this.asked++
    if (this.isDown || this.keys.deviceOf(token) !== this.device) return null
    const received: string[] = []
    for (const { n, i, box } of request.ops) {
      const plain = openBox(this.keys, 'op', i, Buffer.from(box, 'base64url'))
      if (typeof plain === 'string') continue
      this.ops.push({ n, ...(JSON.parse(plain.toString('utf8')) as object) })
      received.push(i)
    }
    return {
      received: received as never,
      ...this.#takePiece(request),
      good: this.good,
      epoch: this.epoch,
      now: request.t,
      key: this.keys.current.name.toString('hex'),
      directives: this.directives,
    }
  }

  async door(held: string): Promise<Door | null> {
    if (this.isDown) return null
    const key = this.keys.current.point.toString('base64url')
    const token = this.keys.tokenOf(this.device)
    const word = this.keys.deviceOf(held) === this.device ? held : token
    return { key, token, mac: createHmac('sha256', word).update(doorText(key)).digest('base64url') }
  }
}
