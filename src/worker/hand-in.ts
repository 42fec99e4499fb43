/// <reference lib="webworker" />
import { fetchFiles } from '#phone/attachments/files-net.ts'
import { browserNetwork } from '#phone/attachments/network.ts'
import { existingTables } from '#phone/database/existing-tables.ts'
import { handInWaiting, type HandInPorts } from '#phone/hand-in.ts'
import { fetchNet } from '#phone/net.ts'
import { fetchDrop } from '#phone/vault/drop-net.ts'
import type { Channel, Locks } from '#phone/ports.ts'
import type { WhoAsks } from '#phone/who-asks.ts'
import { openVaultSealer } from '#phone/seal/vault-key.ts'

/** Stores without which there is nothing to hand in, or a page must upgrade the database first. */
const NEEDS = ['out', 'dead', 'blob', 'chunk', 'rec', 'meta', 'key'] as const

function after(ms: number, what: () => void): () => void {
  const timer = setTimeout(what, ms)
  return () => clearTimeout(timer)
}

function channel(name: string): Channel {
  const open = new BroadcastChannel(name)
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target, it is our origin's own
    post: (message) => open.postMessage(message),
    listen: (heard) => open.addEventListener('message', (event) => heard(event.data)),
    close: () => open.close(),
  }
}

const ports = (app: string, who: WhoAsks = { device: null }): HandInPorts => ({
  openTables: (vault) => existingTables(vault, { indexedDB, keyRange: IDBKeyRange }, NEEDS, after),
  openSealer: (tables) => openVaultSealer(tables, crypto),
  crypto,
  clock: { now: () => Date.now(), mono: () => Math.round(performance.now()), after },
  locks: 'locks' in navigator ? (navigator.locks as unknown as Locks) : null,
  channel: 'BroadcastChannel' in globalThis ? channel : null,
  random: () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32,
  net: fetchNet('', who),
  who,
  drop: fetchDrop(),
  files: { net: fetchFiles('', who), network: browserNetwork },
  app,
})

/**
 * Hands in what waits in a vault. Rejects when it should be tried again later: the browser then calls once more when it likes.
 * A page that runs at this moment does it itself, and somebody who must sign in will open one.
 */
export async function handIn(vault: string, app: string): Promise<void> {
  const ended = await handInWaiting(vault, ports(app))
  if (ended === 'backing-off') throw new Error('not handed in yet')
}
