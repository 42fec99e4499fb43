import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/**
 * open: bytes pass. shut: every line is broken off and none is taken, so for page and worker alike there is no network. portal: whatever
 * is asked is answered with a sign-in page, as by a network that wants it seen first.
 */
export type Weather = 'open' | 'shut' | 'portal'

export interface Gate {
  url: string
  set(weather: Weather): void
  /** Lines that were asked for since the gate was made, shut ones too. */
  asked(): number
  stop(): Promise<void>
}

const PAGE = '<!doctype html><title>WiFi</title><p>请先登录无线网</p>'
const PORTAL = `HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(PAGE)}\r\nconnection: close\r\n\r\n${PAGE}`

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
    if (now === 'portal') return void line.once('data', () => line.end(PORTAL))
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
