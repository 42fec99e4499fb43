import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * The line between one phone and the server, with a weather: it says whose phone it is, may be down, and may break in the middle of
 * what is sent or before an answer comes back.
 */
export class WeatherLine {
  /** null: fair. 'down': nothing gets through. */
  weather: null | 'down' = null
  /** Breaks each of these requests after so many bytes of what is sent, in order; one that is shorter goes through whole. */
  breaks: number[] = []
  /** Answers that are lost on the way back, by method. */
  loses: string[] = []
  /** Methods and paths that went out, in order. */
  readonly went: string[] = []
  /** Requests that are under way now. */
  busy = 0
  /** Bytes of files that left the phone. */
  fileBytes = 0
  readonly #server: Server
  readonly #target: number
  readonly #device: number

  private constructor(target: number, device: number) {
    this.#target = target
    this.#device = device
    this.#server = createServer((asked, answer) => this.#pass(asked, answer))
  }

  static async to(target: number, device: number): Promise<WeatherLine> {
    const line = new WeatherLine(target, device)
    await new Promise<void>((done) => line.#server.listen(0, '127.0.0.1', done))
    return line
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((done) => void this.#server.close(() => done()))
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    if (this.weather === 'down') return void asked.socket.destroy()
    const method = asked.method ?? ''
    this.busy++
    answer.on('close', () => this.busy--)
    this.went.push(`${method} ${asked.url}`)
    const isFile = method === 'PATCH'
    let left = isFile ? (this.breaks.shift() ?? Infinity) : Infinity
    const onward = httpRequest({
      host: '127.0.0.1',
      port: this.#target,
      method,
      path: asked.url,
      headers: { ...asked.headers, 'x-test-device': String(this.#device) },
      agent: false,
    })
    const breakOff = () => {
      asked.socket.destroy()
      // The server has begun to read what came before.
      setTimeout(() => onward.destroy(), 60)
    }
    onward.on('error', () => asked.socket.destroy())
    asked.on('error', () => onward.destroy())
    if (left === 0) return breakOff()
    onward.on('response', (got) => {
      const at = this.loses.indexOf(method)
      if (at >= 0) {
        this.loses.splice(at, 1)
        got.resume()
        return void asked.socket.destroy()
      }
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
    })
    asked.on('end', () => left > 0 && onward.end())
    asked.on('data', (part: Buffer) => {
      if (left <= 0) return
      const going = part.subarray(0, left)
      left -= going.length
      if (isFile) this.fileBytes += going.length
      onward.write(going)
      if (left <= 0) breakOff()
    })
  }
}
