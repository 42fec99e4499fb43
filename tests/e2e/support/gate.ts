import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Gate {
  url: string
  /** Whether bytes may pass. Shut, every line is broken off and none is taken: for page and worker alike there is no network. */
  set(isOpen: boolean): void
  /** Lines that were asked for since the gate was made, shut ones too. */
  asked(): number
  stop(): Promise<void>
}

/**
 * An address before a server that can be shut. The browser's own switch cuts off pages and not their worker, which is the one that
 * works when no page is left.
 * @param to port of the server on this machine
 */
export async function gateTo(to: number): Promise<Gate> {
  const lines = new Set<Socket>()
  let isOpen = true
  let asked = 0
  const keep = (line: Socket) => {
    lines.add(line)
    line.on('close', () => lines.delete(line))
    line.on('error', () => line.destroy())
  }
  const server = createServer((line) => {
    asked++
    keep(line)
    if (!isOpen) return void line.destroy()
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
    set(open) {
      isOpen = open
      if (!open) breakOff()
    },
    asked: () => asked,
    async stop() {
      breakOff()
      await new Promise((go) => server.close(go))
    },
  }
}
