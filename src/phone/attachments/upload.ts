import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import { NoAnswer } from '#sync/engine/ports.ts'
import type { AskedFile, FileAnswer, FilesNet } from './files-net.ts'

/**
 * How one try at handing in a file ended. done: the server has it whole. refused: it does not take such a file. other-content: it got
 * other bytes than were declared. wait: later, and not before so many ms when the server said so. stopped: told to.
 */
export type Uploaded =
  | { is: 'done' }
  | { is: 'refused' }
  | { is: 'other-content' }
  | { is: 'login' }
  | { is: 'wait'; ms: number; locked: boolean }
  | { is: 'stopped' }

export interface UploadPorts {
  net: FilesNet
  /** Monotonic ms. */
  mono(): number
  /** Part of the file; null when it is not there any more. */
  bytes(start: number, end: number): Promise<Uint8Array<ArrayBuffer> | null>
  /** Whether the next request may be made: the runner still runs, nobody wants it to stop. */
  mayGo(): Promise<boolean>
  /** Whether the server was ever told of this file: then a try begins with the question how far it has got. */
  isBegun: boolean
  /** Told when the server was told of it for the first time. */
  begun(): Promise<void>
  /** Told how many bytes the server has. */
  progress(at: number): void
}

/** How large the next piece is; follows the line, and is kept from file to file. */
export class PieceSize {
  bytes: number = ATTACHMENT_LIMITS.smallestPiece

  /** @param ms what a whole piece took */
  went(ms: number): void {
    const { smallestPiece, largestPiece } = ATTACHMENT_LIMITS
    if (ms < 2000) this.bytes = Math.min(largestPiece, this.bytes * 2)
    else if (ms > 10_000) this.bytes = Math.max(smallestPiece, this.bytes / 2)
  }

  failed(): void {
    this.bytes = ATTACHMENT_LIMITS.smallestPiece
  }
}

/** What was asked for in seconds, in ms; a network that is not ours may ask for years, and nobody waits longer than a try of ours. */
const askedFor = (seconds: number): number => Math.min(seconds * 1000, LONGEST_PAUSE_MS)

/** What an answer means, whatever was asked; null: it is about the bytes, and `at` says how many there are. */
function sorted({ status, at, retryAfter }: FileAnswer): Uploaded | 'again' | null {
  if (status >= 200 && status < 300 && at !== null) return null
  // Not there any more: begin anew. Somebody else writes, or we were wrong about the place: ask, after a pause.
  if (status === 404 || status === 410) return 'again'
  if (status === 409 || status === 423) return { is: 'wait', ms: askedFor(retryAfter ?? 2), locked: true }
  if (status === 401 || status === 403) return { is: 'login' }
  if (status === 415) return { is: 'refused' }
  if (status === 460) return { is: 'other-content' }
  return { is: 'wait', ms: askedFor(retryAfter ?? 0), locked: false }
}

/** One file being handed in. */
class Upload {
  private readonly upload: string
  private readonly asked: AskedFile
  private readonly ports: UploadPorts
  private readonly piece: PieceSize

  constructor(upload: string, asked: AskedFile, ports: UploadPorts, piece: PieceSize) {
    this.upload = upload
    this.asked = asked
    this.ports = ports
    this.piece = piece
  }

  /** Begins, or has the server look once more at what it has. */
  async begin(): Promise<number | Uploaded> {
    if (!(await this.ports.mayGo())) return { is: 'stopped' }
    const answer = await this.ports.net.begin(this.asked)
    const meaning = sorted(answer)
    // The record itself is not there yet, or not to be seen: only time helps.
    if (meaning === 'again') return { is: 'wait', ms: 0, locked: false }
    if (meaning !== null) return meaning
    if (!this.ports.isBegun) await this.ports.begun()
    return answer.at as number
  }

  /** Asks how far it has got; every resumption starts here. */
  async where(): Promise<number | Uploaded> {
    if (!this.ports.isBegun) return this.begin()
    if (!(await this.ports.mayGo())) return { is: 'stopped' }
    const answer = await this.ports.net.head(this.upload)
    const meaning = sorted(answer)
    if (meaning === 'again') return this.begin()
    if (meaning !== null) return meaning
    // The bytes are all there; whether they are known to be right, only beginning again says.
    return answer.at === this.asked.size ? this.begin() : (answer.at as number)
  }

  async append(at: number): Promise<number | Uploaded> {
    const { ports, piece } = this
    const end = Math.min(this.asked.size, at + piece.bytes)
    const bytes = await ports.bytes(at, end)
    if (!bytes) return { is: 'other-content' }
    if (!(await ports.mayGo())) return { is: 'stopped' }
    const begun = ports.mono()
    const answer = await ports.net.append(this.upload, at, bytes)
    const meaning = sorted(answer)
    if (answer.status === 413) piece.failed()
    if (meaning === 'again') return this.begin()
    if (meaning !== null) return meaning
    if (bytes.length >= ATTACHMENT_LIMITS.smallestPiece) piece.went(ports.mono() - begun)
    return answer.at as number
  }

  async run(): Promise<Uploaded> {
    let at = await this.where()
    while (typeof at === 'number') {
      this.ports.progress(at)
      if (at === this.asked.size) return { is: 'done' }
      // A server that says less than before has lost something; it is believed, because only it knows.
      at = await this.append(at)
    }
    return at
  }
}

/**
 * Hands in one file, from wherever it stands: asks first, then appends piece by piece until something stands in the way. Keeps nothing
 * between tries, because the server knows how far it has got; each interruption costs at most one piece (I-42).
 * @param upload its name: content and phone
 */
export async function uploadFile(
  upload: string,
  asked: AskedFile,
  ports: UploadPorts,
  piece: PieceSize,
): Promise<Uploaded> {
  try {
    return await new Upload(upload, asked, ports, piece).run()
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    piece.failed()
    return { is: 'wait', ms: 0, locked: false }
  }
}

const FIRST_MS = 4000
export const LONGEST_PAUSE_MS = 6 * 3_600_000

/**
 * How long to wait after so many tries that brought nothing: full jitter up to six hours, and no last try.
 * @param tries from 1
 * @param random in [0, 1)
 * @param askedMs what the server asked for; never less than that
 */
export const pauseAfter = (tries: number, random: number, askedMs: number): number =>
  Math.max(
    askedMs,
    500,
    Math.round(random * Math.min(LONGEST_PAUSE_MS, FIRST_MS * 2 ** Math.min(tries - 1, 20))),
  )
