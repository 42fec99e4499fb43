import type { FilesNet } from './files-net.ts'

/** What the phone knows of its network. */
export interface Network {
  /** Whether bytes cost something here; null: it cannot tell. */
  metered(): boolean | null
}

/** What files need of the platform besides what the notebook needs. */
export interface FilesPorts {
  net: FilesNet
  network: Network
}

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
