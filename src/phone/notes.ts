import type { ListRow } from './api.ts'
import type { PhonePorts } from './ports.ts'

/** What changed in a database, for whoever shows it. */
export interface Note {
  /** `kind/id` of records whose row changed or went. */
  keys?: readonly string[]
  /** Their lines, where the teller has them at hand; without a line a record cannot be shown. */
  rows?: readonly ListRow[]
  /** The outbox or the refused ops changed. */
  queue?: boolean
  drafts?: boolean
  me?: boolean
  /** An edit was saved: so many ops, up to this number. Worth an exchange. */
  saved?: { ops: number; last: number }
  /** Something was decided about a refused op; worth an exchange. */
  decided?: boolean
  /** A runner without a notebook has left answers to be applied. */
  receipts?: boolean
  /** The vault was locked, or its keys are others now: every page of it shows nothing any more. */
  locked?: boolean
  /** What an answer of the server orders of this phone, unread. */
  orders?: readonly unknown[]
  /** The runner's own news, for tabs that do not run. */
  sync?: unknown
}

export interface Notes {
  tell(note: Note): void
  hear(heard: (note: Note, own: boolean) => unknown): void
  close(): void
}

/** Change notes between the parts of a notebook and the other tabs of the same vault. */
export function changeNotes(vault: string, ports: Pick<PhonePorts, 'channel' | 'idle' | 'soon'>): Notes {
  const listeners: ((note: Note, own: boolean) => unknown)[] = []
  const channel = ports.channel?.(`mingbai-${vault}`) ?? null
  channel?.listen((message) => {
    // A runner without a notebook posts one at a time.
    const notes = (Array.isArray(message) ? message : [message]) as Note[]
    for (const note of notes) for (const heard of listeners) heard(note, false)
  })
  // Other tabs hear in a moment, of many saves at once: nobody here waits until they have been told.
  const soon = ports.soon ?? ports.idle
  let unsent: Note[] = []
  const send = (): void => {
    const notes = unsent
    unsent = []
    if (notes.length > 0) channel?.post(notes)
  }
  return {
    tell(note) {
      for (const heard of listeners) heard(note, true)
      if (!channel) return
      if (unsent.length === 0) soon(send)
      unsent.push(note)
    },
    hear: (heard) => void listeners.push(heard),
    close() {
      listeners.length = 0
      send()
      channel?.close()
    },
  }
}
