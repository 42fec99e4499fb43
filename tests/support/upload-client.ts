import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { request, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { NewAttachment } from '#domain/attachment/attachment.ts'
import type { Op } from '#sync/protocol/op.ts'
import { newAttachment } from './make-attachment.ts'
import { COUNTY, NOW, VILLAGE, type Phone } from './server-world.ts'

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Bytes that begin as a photograph does and go on by chance. */
export const photo = (size: number): Buffer =>
  Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(size - 4)])

/** The op that adds a file to a record of the village. */
export function addOp(
  phone: Phone,
  bytes: Uint8Array,
  more: {
    of?: NewAttachment['of']
    flags?: NewAttachment['flags']
    region?: string
    mime?: NewAttachment['mime']
  } = {},
): Op & { id: string } {
  phone.n++
  const id = randomUUID()
  const op: Op = {
    i: randomUUID(),
    n: phone.n,
    k: 'attachment.add',
    v: 1,
    e: ['attachment', id],
    r: more.region ?? VILLAGE,
    b: 0,
    a: newAttachment({
      of: more.of ?? ['dispute', randomUUID()],
      sha256: sha256(bytes),
      size: bytes.length,
      mime: more.mime ?? 'image/jpeg',
      flags: more.flags ?? [],
    }),
    t: [NOW, 1, 0],
  }
  return Object.assign(op, { id })
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

interface Ask {
  method: string
  path: string
  headers?: Record<string, string>
  body?: Uint8Array
  /** The line breaks after so many bytes of the body. */
  cutAfter?: number
}

/** A phone's way to hand in files at one server process, over a real socket that may break. */
export class UploadClient {
  readonly #port: number
  readonly #phone: Phone

  private constructor(port: number, phone: Phone) {
    this.#port = port
    this.#phone = phone
  }

  static async over(app: FastifyInstance, phone: Phone): Promise<UploadClient> {
    if (!app.server.listening)
      await app.listen({ port: 0, host: '127.0.0.1', listenTextResolver: () => 'listening' })
    return new UploadClient((app.server.address() as AddressInfo).port, phone)
  }

  /** One request; null when the line broke before an answer. */
  ask({ method, path, headers = {}, body, cutAfter }: Ask): Promise<Answer | null> {
    return new Promise((done) => {
      const length: Record<string, string> = body ? { 'content-length': String(body.length) } : {}
      const asked = request({
        host: '127.0.0.1',
        port: this.#port,
        method,
        path,
        headers: {
          'tus-resumable': '1.0.0',
          'x-test-device': String(this.#phone.device),
          ...length,
          ...headers,
        },
        agent: false,
      })
      asked.on('error', () => done(null))
      asked.on('response', (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('error', () => done(null))
        answer.on('end', () =>
          done({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }),
        )
      })
      if (cutAfter === undefined) return void asked.end(body)
      // The line is slow before it breaks: the server has begun to read.
      const part = (body ?? Buffer.alloc(0)).subarray(0, cutAfter)
      asked.write(part, () => void setTimeout(() => asked.destroy(), 250))
    })
  }

  begin(
    attachment: string,
    bytes: Uint8Array,
    more: { sha256?: string; county?: string; size?: number } = {},
  ) {
    const said = { attachment, county: more.county ?? COUNTY, sha256: more.sha256 ?? sha256(bytes) }
    const metadata = Object.entries(said).map(
      ([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`,
    )
    return this.ask({
      method: 'POST',
      path: '/api/files',
      headers: { 'upload-length': String(more.size ?? bytes.length), 'upload-metadata': metadata.join(',') },
    })
  }

  /** Name of this phone's upload of a content. */
  upload(bytes: Uint8Array | string): string {
    return `${typeof bytes === 'string' ? bytes : sha256(bytes)}-${this.#phone.device}`
  }

  async at(upload: string): Promise<number | null> {
    const answer = await this.ask({ method: 'HEAD', path: `/api/files/${upload}` })
    return answer?.status === 200 ? Number(answer.headers['upload-offset']) : null
  }

  append(upload: string, at: number, bytes: Uint8Array, cutAfter?: number) {
    return this.ask({
      method: 'PATCH',
      path: `/api/files/${upload}`,
      headers: { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(at) },
      body: bytes,
      ...(cutAfter === undefined ? {} : { cutAfter }),
    })
  }

  /**
   * Sends the first bytes at once and the others after a while. @param restAfterMs null: never, the line hangs
   * @returns the answer's status; null when there was none
   */
  async slowly(
    upload: string,
    bytes: Uint8Array,
    first: number,
    restAfterMs: number | null,
  ): Promise<number | null> {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.subarray(0, first))
        if (restAfterMs === null) return
        setTimeout(() => {
          controller.enqueue(bytes.subarray(first))
          controller.close()
        }, restAfterMs)
      },
    })
    const init = {
      method: 'PATCH',
      headers: {
        'tus-resumable': '1.0.0',
        'x-test-device': String(this.#phone.device),
        'content-type': 'application/offset+octet-stream',
        'upload-offset': '0',
      },
      body,
      duplex: 'half',
    }
    return fetch(`http://127.0.0.1:${this.#port}/api/files/${upload}`, init as RequestInit).then(
      (answer) => answer.status,
      () => null,
    )
  }

  download(id: string, county = COUNTY) {
    return this.ask({ method: 'GET', path: `/api/attachments/${county}/${id}` })
  }
}
