import { browserBackground, type Background } from './background.ts'
import { browserMarks, type Marks } from './marks.ts'
import type { Net } from '#sync/engine/ports.ts'
import { fetchFiles } from './attachments/files-net.ts'
import { browserNetwork, type FilesPorts } from './attachments/network.ts'
import { databaseStorage, type HeardHeld } from './database/dexie-tables.ts'
import type { VaultStorage, VaultTables } from './database/tables.ts'
import { yieldContent } from './content-rows.ts'
import { fetchDrop, type DropNet } from './vault/drop-net.ts'
import type { Sealer } from './seal/box.ts'
import type { VaultKeys } from './seal/envelope.ts'
import { openVaultSealer } from './seal/vault-key.ts'
import { fetchNet } from './net.ts'
import { grantedSpace } from './storage-facts.ts'
import type { WhoAsks } from './who-asks.ts'

/** Other tabs and the marker hear of saves at most so often, ms. */
const SOON_MS = 150
/** Room kept for work, bytes: some thousand records. */
const RESERVE_BYTES = 4 * 1024 * 1024

/** The phone's clock. Wall time may be wrong or jump; the monotonic reading only runs while the page lives. */
export interface PhoneClock {
  /** Epoch ms. */
  now(): number
  mono(): number
  /** Calls once after so many ms; returns how to call it off. */
  after(ms: number, what: () => void): () => void
}

/** Tells the other tabs of this browser. */
export interface Channel {
  post(message: unknown): void
  listen(heard: (message: unknown) => void): void
  close(): void
}

/** The part of Web Locks that is used. */
export interface Locks {
  request<T>(name: string, options: { ifAvailable: true }, held: (lock: unknown) => Promise<T>): Promise<T>
}

/** Everything a notebook asks of the platform; a test replaces the weather, never the parts. */
export interface PhonePorts extends VaultStorage {
  /** The crypto port of a vault's boxes; in a browser AES-GCM under the key that lies in its database. */
  openSealer(tables: VaultTables): Promise<Sealer>
  crypto: Crypto
  clock: PhoneClock
  marks: Marks
  /** null: this browser has no BroadcastChannel. */
  channel: ((name: string) => Channel) | null
  /** null: no Web Locks; a lease row stands in. */
  locks: Locks | null
  /** Runs when nothing else has to. */
  idle(what: () => void): void
  /** Runs in a moment, and before the page goes, so that what happens often is done once for many; absent: `idle`. */
  soon?(what: () => void): void
  /** Lets a touch or a frame go first, for a moment; absent: nobody is waiting. */
  breathe?(): Promise<void>
  /** Whether somebody looks at the page. */
  visible(): boolean
  /** Calls when it is worth trying again: online, visible, pageshow, focus. Returns how to stop. */
  onWake(wake: () => void): () => void
  /** In [0, 1). */
  random(): number
  net: Net
  /** Whom its requests speak for; absent: nobody but whoever has the session. */
  who?: WhoAsks
  /** The way of files, which is another than the text's; absent: files stay on this phone. */
  files?: FilesPorts
  /** The way of what is handed in without a session; absent: there is none. */
  drop?: DropNet
  /** Handing in without a page; null or absent: this browser does no such thing. */
  background?: Background | null
  /** What the browser says it grants and what is used, bytes; null: it does not say. It may invent both; absent: nobody asks. */
  space?(): Promise<{ quota: number; usage: number } | null>
  /** Bytes taken up so that they can be given back to work when there is no room; absent: none. */
  reserveBytes?: number
  /** Removes public content that can be fetched again. @returns whether there was any */
  yieldContent?(): Promise<boolean>
  /** Version of the app, for the server's records. */
  app: string
}

function browserChannel(name: string): Channel {
  const channel = new BroadcastChannel(name)
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target, it is our origin's own
    post: (message) => channel.postMessage(message),
    listen: (heard) => channel.addEventListener('message', (event) => heard(event.data)),
    close: () => channel.close(),
  }
}

function onBrowserWake(wake: () => void): () => void {
  const visible = () => document.visibilityState === 'visible' && wake()
  window.addEventListener('online', wake)
  window.addEventListener('pageshow', wake)
  window.addEventListener('focus', wake)
  document.addEventListener('visibilitychange', visible)
  return () => {
    window.removeEventListener('online', wake)
    window.removeEventListener('pageshow', wake)
    window.removeEventListener('focus', wake)
    document.removeEventListener('visibilitychange', visible)
  }
}

function after(ms: number, what: () => void): () => void {
  const timer = setTimeout(what, ms)
  return () => clearTimeout(timer)
}

/** In a moment, or before the page goes: what it still had to say, the next one and the marker would never hear. */
function soonOrLeaving(what: () => void): void {
  const now = () => {
    clearTimeout(timer)
    window.removeEventListener('pagehide', now)
    what()
  }
  const timer = setTimeout(now, SOON_MS)
  window.addEventListener('pagehide', now)
}

/** A turn of the event loop without the few milliseconds that a timer takes at least. */
const turn = (): Promise<void> =>
  new Promise((go) => {
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => {
      port1.close()
      go()
    })
    port1.start()
    port2.postMessage(null)
  })

/**
 * The ports of a real browser; what old engines lack becomes null or a timer.
 * @param parts who: whose requests these are. keys: of an unlocked vault; null: none is unlocked. held: told when a page of an older build
 * seems to keep the database from being opened, and when it no longer does
 */
export function browserPorts(
  app: string,
  parts: { who?: WhoAsks; held?: HeardHeld; keys?: VaultKeys | null } = {},
): PhonePorts {
  const { who = { device: null }, held, keys = null } = parts
  return {
    ...databaseStorage({ indexedDB, keyRange: IDBKeyRange }, after, held),
    openSealer: (tables) => openVaultSealer(tables, crypto, keys),
    crypto,
    clock: { now: () => Date.now(), mono: () => Math.round(performance.now()), after },
    marks: browserMarks,
    channel: 'BroadcastChannel' in globalThis ? browserChannel : null,
    locks: 'locks' in navigator ? (navigator.locks as unknown as Locks) : null,
    idle: (what) =>
      void ('requestIdleCallback' in globalThis
        ? requestIdleCallback(what, { timeout: 500 })
        : setTimeout(what, 20)),
    soon: soonOrLeaving,
    breathe: turn,
    visible: () => document.visibilityState === 'visible',
    onWake: onBrowserWake,
    random: () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32,
    net: fetchNet('', who),
    who,
    drop: fetchDrop(who),
    files: { net: fetchFiles('', who), network: browserNetwork },
    background: browserBackground(),
    space: grantedSpace,
    reserveBytes: RESERVE_BYTES,
    yieldContent: () => yieldContent(indexedDB),
    app,
  }
}
