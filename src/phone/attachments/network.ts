import type { Network } from './uploader.ts'

interface Connection {
  type?: string
  saveData?: boolean
}

/** What this browser says of its network; most say nothing, and then nothing is held back. */
export const browserNetwork: Network = {
  metered() {
    const connection = (navigator as { connection?: Connection }).connection
    if (connection?.saveData === true) return true
    return connection?.type === undefined || connection.type === 'unknown'
      ? null
      : connection.type === 'cellular'
  },
}
