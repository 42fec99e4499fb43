import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import type { FileAnswer, FilesNet } from '#phone/attachments/files-net.ts'
import { mayGo } from '#phone/attachments/kept.ts'
import { openBytes, pieceKeys, sealPieces } from '#phone/attachments/pieces.ts'
import {
  LONGEST_PAUSE_MS,
  pauseAfter,
  PieceSize,
  uploadFile,
  type Uploaded,
} from '#phone/attachments/upload.ts'
import { makeKey, sealerOf } from '#phone/seal/box.ts'
import { NoAnswer } from '#sync/engine/ports.ts'
import { MemoryStorage } from '#tests/support/memory-tables.ts'

const ID = '01912345-0000-7000-8000-0000000000b1'
const ASKED = { county: '999901', attachment: ID, sha256: 'a'.repeat(64), size: 0 }
const DAY = 86_400_000

/** What may happen to one request: it goes through, its answer is lost, the line breaks after a share of it, or it is answered otherwise. */
type Weather = 'fair' | 'lost' | number | { status: number }

/** A server that keeps bytes by the tus rules, behind a line with a weather. */
class TusServer implements FilesNet {
  bytes = new Uint8Array(0)
  exists = false
  sent = 0
  asked: string[] = []
  readonly #weather: Weather[]
  readonly #size: number

  constructor(size: number, weather: readonly Weather[]) {
    this.#size = size
    this.#weather = [...weather]
  }

  async #through(what: string, does: (share: number) => FileAnswer): Promise<FileAnswer> {
    this.asked.push(what)
    const now = this.#weather.shift() ?? 'fair'
    if (typeof now === 'object') return { status: now.status, at: null, retryAfter: null }
    const answer = does(typeof now === 'number' ? now : 1)
    if (now !== 'fair') throw new NoAnswer()
    return answer
  }

  #at = (status: number): FileAnswer => ({ status, at: this.bytes.length, retryAfter: null })
  head = () =>
    this.#through('HEAD', () => (this.exists ? this.#at(200) : { status: 404, at: null, retryAfter: null }))
  begin = () =>
    this.#through('POST', () => {
      this.exists = true
      return this.#at(201)
    })
  append = (_upload: string, at: number, bytes: Uint8Array) =>
    this.#through('PATCH', (share) => {
      if (!this.exists) return { status: 404, at: null, retryAfter: null }
      const came = bytes.subarray(0, Math.floor(bytes.length * share))
      this.sent += came.length
      if (at !== this.bytes.length) return { status: 409, at: null, retryAfter: null }
      this.bytes = new Uint8Array(Buffer.concat([this.bytes, came]))
      if (this.bytes.length > this.#size) throw new Error('more than there is')
      return this.#at(204)
    })
  fetch = () => Promise.reject(new NoAnswer())
  abort = () => undefined
}

/** Tries until the file is in, as the runner does, and gives what every try said. */
async function untilDone(
  server: TusServer,
  content: Uint8Array,
  piece = new PieceSize(),
): Promise<Uploaded[]> {
  const tries: Uploaded[] = []
  let clock = 0
  let isBegun = false
  while (tries.at(-1)?.is !== 'done') {
    if (tries.length > 100) throw new Error('never done')
    const ports = {
      net: server,
      mono: () => (clock += 100),
      bytes: async (start: number, end: number) => content.slice(start, end),
      mayGo: async () => true,
      isBegun,
      begun: async () => void (isBegun = true),
      progress: () => undefined,
    }
    tries.push(await uploadFile('u', { ...ASKED, size: content.length }, ports, piece))
  }
  return tries
}

const weather: fc.Arbitrary<Weather> = fc.oneof(
  fc.constant<Weather>('fair'),
  fc.constant<Weather>('lost'),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(409, 423, 429, 500, 502, 503, 507).map((status) => ({ status })),
)

describe('handing in a file', () => {
  it('[I-42] through any weather the file arrives as it is, with at most one piece more for each break', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(weather, { maxLength: 25 }),
        fc.integer({ min: 1, max: 3_000_000 }),
        async (sky, size) => {
          const content = new Uint8Array(size).map((_, i) => i % 251)
          const server = new TusServer(size, sky)
          await untilDone(server, content)
          expect(Buffer.from(server.bytes).equals(Buffer.from(content))).toBe(true)
          const breaks = sky.filter((one) => one === 'lost' || typeof one === 'number').length
          expect(server.sent).toBeLessThanOrEqual(size + breaks * ATTACHMENT_LIMITS.largestPiece)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('[I-42] every try after a break asks first how far it has got', async () => {
    const server = new TusServer(900_000, ['fair', 0.5, 'fair', 0.5, 'fair', 'lost'])
    await untilDone(server, new Uint8Array(900_000))
    expect(server.asked.slice(0, 7)).toEqual(['POST', 'PATCH', 'HEAD', 'PATCH', 'HEAD', 'PATCH', 'HEAD'])
  })

  it.each([
    [404, { is: 'wait', ms: 0, locked: false }],
    [409, { is: 'wait', ms: 2000, locked: true }],
    [423, { is: 'wait', ms: 2000, locked: true }],
    [401, { is: 'login' }],
    [403, { is: 'login' }],
    [415, { is: 'refused' }],
    [460, { is: 'other-content' }],
    [429, { is: 'wait', ms: 0, locked: false }],
    [500, { is: 'wait', ms: 0, locked: false }],
    [507, { is: 'wait', ms: 0, locked: false }],
    // A page of somebody else's network: right status, no word of ours.
    [200, { is: 'wait', ms: 0, locked: false }],
    [204, { is: 'wait', ms: 0, locked: false }],
    [302, { is: 'wait', ms: 0, locked: false }],
  ])('[L-8] an answer of %i ends the try and never the file', async (status, means) => {
    const server = new TusServer(1000, [{ status }, { status }])
    const ports = {
      net: server,
      mono: () => 0,
      bytes: async (start: number, end: number) => new Uint8Array(end - start),
      mayGo: async () => true,
      isBegun: true,
      begun: async () => undefined,
      progress: () => undefined,
    }
    expect(await uploadFile('u', { ...ASKED, size: 1000 }, ports, new PieceSize())).toEqual(means)
  })

  it('pieces grow while the line is quick and shrink when it is slow or breaks, within their bounds', () => {
    const piece = new PieceSize()
    const { smallestPiece, largestPiece } = ATTACHMENT_LIMITS
    expect(piece.bytes).toBe(smallestPiece)
    for (let i = 0; i < 9; i++) piece.went(100)
    expect(piece.bytes).toBe(largestPiece)
    piece.went(5000)
    expect(piece.bytes).toBe(largestPiece)
    for (let i = 0; i < 9; i++) piece.went(30_000)
    expect(piece.bytes).toBe(smallestPiece)
    piece.went(100)
    piece.failed()
    expect(piece.bytes).toBe(smallestPiece)
  })

  it('[TR-31] nobody who asks for longer than the longest pause is believed: it may be somebody else’s network', async () => {
    const asking = (status: number) =>
      uploadFile(
        'u',
        ASKED,
        {
          net: Object.assign(new TusServer(1, []), {
            begin: async () => ({ status, at: null, retryAfter: 999_999_999_999 }),
          }),
          mono: () => 0,
          bytes: async () => null,
          mayGo: async () => true,
          isBegun: false,
          begun: async () => undefined,
          progress: () => undefined,
        },
        new PieceSize(),
      )
    for (const status of [423, 503])
      expect(await asking(status)).toEqual({ is: 'wait', ms: LONGEST_PAUSE_MS, locked: status === 423 })
  })

  it('[I-8] pauses grow to six hours and no further, and there is no last try', () => {
    const pauses = Array.from({ length: 60 }, (_, i) => pauseAfter(i + 1, 0.999, 0))
    expect(pauses.every((one, i) => i === 0 || one >= (pauses[i - 1] ?? 0))).toBe(true)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(LONGEST_PAUSE_MS)
    expect(pauses.at(-1)).toBeGreaterThan(LONGEST_PAUSE_MS * 0.9)
    expect(pauseAfter(1, 0, 0)).toBeGreaterThan(0)
    expect(pauseAfter(1, 0, 3_600_000)).toBe(3_600_000)
  })
})

describe('bytes on the phone', () => {
  it('[I-32] lie sealed in pieces, open only in their place, and any part can be read', async () => {
    const storage = new MemoryStorage()
    const tables = await storage.openTables('v')
    const sealer = sealerOf(await makeKey(crypto), crypto)
    const bytes = crypto.getRandomValues(new Uint8Array(60_000))
    const content = new Uint8Array(600_000).map((_, i) => bytes[i % bytes.length] ?? 0)
    const chunks = await sealPieces(sealer, ID, content)
    expect(chunks.map((one) => [one.blob, one.at])).toEqual(pieceKeys({ id: ID, size: content.length }))
    // Sealing adds the same few bytes to each whole piece and no padding.
    expect(chunks.slice(0, -1).every((one) => one.box.length === 256 * 1024 + 2 + 12 + 16)).toBe(true)
    expect(Buffer.concat(chunks.map((one) => one.box)).includes(Buffer.from(content.subarray(0, 64)))).toBe(
      false,
    )
    await tables.write(['chunk'], 'strict', ({ chunk }) => chunk.putMany(chunks))
    for (const [start, end] of [
      [0, 600_000],
      [0, 1],
      [262_139, 262_141],
      [262_140, 524_280],
      [599_999, 600_000],
    ] as const)
      expect(await openBytes({ tables, sealer }, ID, start, end)).toEqual(content.slice(start, end))

    const [first, second] = chunks
    if (!first || !second) throw new Error('two pieces')
    await tables.write(['chunk'], 'strict', ({ chunk }) => chunk.put({ ...first, box: second.box }))
    expect(await openBytes({ tables, sealer }, ID, 0, 600_000)).toBeNull()
    await tables.write(['chunk'], 'strict', ({ chunk }) => chunk.deleteMany([[ID, 0]]))
    expect(await openBytes({ tables, sealer }, ID, 0, 600_000)).toBeNull()
  })

  it.each([
    ['waits', 'waiting', 0, Infinity, false],
    ['was stored yesterday', 'stored', 99 * DAY, Infinity, false],
    ['was stored long ago, and no backup is sure', 'stored', 1, 0, false],
    ['was stored long ago, after the backup that is sure', 'stored', 50 * DAY, 40 * DAY, false],
    ['was stored long ago, before the backup that is sure', 'stored', 50 * DAY, 60 * DAY, true],
    ['was taken back long ago', 'taken-back', 50 * DAY, 60 * DAY, true],
    ['is not taken by the server', 'refused', 1, Infinity, false],
    ['is broken', 'broken', 1, Infinity, false],
  ] as const)('[I-41] of a file that %s', (_what, state, doneAt, ringSafe, goes) => {
    expect(mayGo(state, { sha256: '', doneAt }, 100 * DAY, ringSafe)).toBe(goes)
  })
})
