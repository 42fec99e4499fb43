import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/**
 * open: bytes pass. shut: every line is broken off and none is taken, so for page and worker alike there is no network. The rest: whatever
 * is asked is answered as by a network that wants its own page seen first, with that page, by sending there, or by the status for it.
 */
export type Weather = 'open' | 'shut' | 'portal' | 'redirect' | '511'

export interface Gate {
  url: string
  set(weather: Weather): void
  /** Lines that were asked for since the gate was made, shut ones too. */
  asked(): number
  stop(): Promise<void>
}

const PAGE = '<!doctype html><title>WiFi</title><p>请先登录无线网</p>'
const answer = (head: string) =>
  `HTTP/1.1 ${head}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(PAGE)}\r\nconnection: close\r\n\r\n${PAGE}`
const PORTALS: Readonly<Partial<Record<Weather, string>>> = {
  portal: answer('200 OK'),
  // The page it sends to need not be there: nobody of ours may follow.
  redirect: answer('302 Found\r\nlocation: http://localhost:9/login'),
  '511': answer('511 Network Authentication Required'),
}

/**
 * An address before a server that can be shut. The browser's own switch cuts off pages and not their worker, which is the one that
 * works when no page is left.
 * @param to port of the server on this machine
 */
export async function gateTo(to: number): Promise<Gate> {
  const lines = new Set<Socket>()
  let now: Weather = 'open'
  let asked = 0
  const keep = (line: Socket) => {
    lines.add(line)
    line.on('close', () => lines.delete(line))
    line.on('error', () => line.destroy())
  }
  const server = createServer((line) => {
    asked++
    keep(line)
    if (now === 'shut') return void line.destroy()
    const portal = PORTALS[now]
    if (portal !== undefined) return void line.once('data', () => line.end(portal))
    const further = connect(to, 'localhost')
    keep(further)
    line.pipe(further).pipe(line)
    line.on('close', () => further.destroy())
    further.on('close', () => line.destroy())
  })
  await new Promise<void>((go) => server.listen(0, 'localhost', go))
  const breakOff = () => {
    for (const line of lines) line.destroy()
  }
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    set(weather) {
      now = weather
      if (weather !== 'open') breakOff()
    },
    asked: () => asked,
    async stop() {
      breakOff()
      await new Promise((go) => server.close(go))
    },
  }
}
