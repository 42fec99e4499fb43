import { existsSync, rmSync, statfsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'

const MB = 1024 * 1024
/** With less free space than this, the ballast included, nothing new is taken in. */
const SHORT = 96 * MB
/** Kept in a file of its own and let go of when the disk is full, so that what is under way can end and reading goes on. */
const BALLAST = 64 * MB
/** Above this much free space the ballast is put back. */
const PLENTY = 512 * MB
const NAME = 'ballast'
const SOON_MS = 5000
const LOOK_MS = 60_000

/** The room that is left on the disk of the embedded database. A disk written full to its last byte would stop it. */
export interface Room {
  /** Whether the disk is so full that new work must wait; asked before any is taken. */
  isShort(): boolean
  stop(): void
}

async function putBallast(file: string): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    const piece = Buffer.alloc(MB)
    for (let i = 0; i < BALLAST / MB; i++) await handle.write(piece)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Watches the disk that a folder lies on. */
export function watchRoom(folder: string): Room {
  const ballast = join(folder, NAME)
  const free = (): number => {
    try {
      const { bavail, bsize } = statfsSync(folder)
      return bavail * bsize
    } catch {
      // A disk that cannot be asked will say so itself.
      return PLENTY
    }
  }
  const isShort = (): boolean => {
    const kept = existsSync(ballast)
    if (free() + (kept ? BALLAST : 0) >= SHORT) return false
    // Room for what is under way, not for more: with the ballast gone there is still too little to take work in.
    if (kept) rmSync(ballast, { force: true })
    return true
  }
  const look = async (): Promise<void> => {
    if (isShort() || existsSync(ballast) || free() < PLENTY) return
    await putBallast(ballast).catch(() => rmSync(ballast, { force: true }))
  }
  // Not at once: a server that lives for a moment needs none.
  const soon = setTimeout(() => void look(), SOON_MS)
  const timer = setInterval(() => void look(), LOOK_MS)
  soon.unref()
  timer.unref()
  const stop = () => {
    clearTimeout(soon)
    clearInterval(timer)
  }
  return { isShort, stop }
}
