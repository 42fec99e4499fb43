import { makeId } from '#domain/id.ts'
import type { Draft, ListRow, Opened, SyncStatus, Waiting, WholeNotebook } from '#phone/api.ts'
import type { NotebookWithFiles } from '#phone/attachments/api.ts'
import type { Care } from '#phone/care.ts'
import type { LockedBook } from '#phone/vault/locked-book.ts'
import type { Me } from '#sync/protocol/wire.ts'
import { lateCare } from './late-care.ts'
import { lateFiles } from './late-files.ts'
import { LateLive } from './late-live.ts'

/** What can be read of the database before the notebook's own code has arrived. */
export interface FirstReading {
  locked?: true
  me: Me | null
  rows: readonly ListRow[]
  drafts: readonly Draft[]
  waiting: number
  refused: number
}

const careOf = async (real: Promise<WholeNotebook>): Promise<Care> => (await real).care

/** What is known of the queue before the engine has said anything: only how long it is. */
const earlyStatus = (reading: FirstReading): SyncStatus => ({
  link: 'unknown',
  running: false,
  cut: false,
  waiting: reading.waiting,
  refused: reading.refused,
  oldestAt: null,
  lastAt: null,
  needsLogin: false,
  clockOffMs: null,
  vanished: null,
})

/** The writing half of a vault while it is locked. */
export interface LockedWriting {
  /** null: it is not locked. */
  book(): Promise<LockedBook | null>
  /** Calls when writing begins. */
  whenWriting(heard: (book: LockedBook) => void): void
}

const NOT_LOCKED: LockedWriting = { book: async () => null, whenWriting: () => undefined }

/**
 * The notebook as screens hold it from the first moment: lists show the early reading at once, everything else waits for the
 * code that knows the database, which comes as a second chunk.
 * @param load brings the real notebook; a failure is thrown to whoever asks for something only it can do
 * @param first the early reading; null when there is nothing yet or it cannot be read
 * @param locked what can be written while the vault is locked; the real notebook comes with the unlock
 */
export function lateNotebook(
  load: () => Promise<NotebookWithFiles>,
  first: () => Promise<FirstReading | null>,
  locked: LockedWriting = NOT_LOCKED,
): NotebookWithFiles {
  const me = new LateLive<Me | null>()
  const rows = new LateLive<readonly ListRow[]>()
  const drafts = new LateLive<readonly Draft[]>()
  const queue = new LateLive<readonly Waiting[]>()
  const status = new LateLive<SyncStatus>()
  const real = load()
  /** Does something with the notebook once it is there; nothing if it never comes. */
  const later = async (act: (book: WholeNotebook) => void): Promise<void> => {
    let book: WholeNotebook
    try {
      book = await real
    } catch {
      return
    }
    act(book)
  }
  const read = async () => {
    const reading = await first()
    if (!reading || reading.locked) return
    me.show(reading.me)
    rows.show(reading.rows)
    drafts.show(reading.drafts)
    status.show(earlyStatus(reading))
  }
  read().catch(() => undefined)
  locked.whenWriting((book) => me.show(book.me))
  /** The writing half while the vault is locked; null: the whole notebook. */
  const writing = async (): Promise<LockedBook | null> => {
    await first().catch(() => null)
    return locked.book()
  }
  void later((book) => {
    me.join(book.me)
    rows.join(book.rows)
    drafts.join(book.drafts.list)
    queue.join(book.queue)
    status.join(book.status)
  })
  return {
    me,
    rows,
    open(kind, id) {
      const record = new LateLive<Opened | null>()
      void later((book) => record.join(book.open(kind, id)))
      return record
    },
    save: async (edits, finish) => ((await writing()) ?? (await real)).save(edits, finish),
    newId: () => makeId(Date.now(), crypto.getRandomValues(new Uint8Array(10))),
    drafts: {
      list: drafts,
      put: async (draft) => (await writing())?.putDraft(draft) ?? (await real).drafts.put(draft),
      get: async (id) => (await real).drafts.get(id),
      drop: async (id) => {
        const book = await writing()
        await (book ? book.dropDraft(id) : (await real).drafts.drop(id))
      },
    },
    queue,
    status,
    tryNow: async () => (await real).tryNow(),
    setCut: (cut) => void later((book) => book.setCut(cut)),
    entered: async () => (await real).entered(),
    seenVanished: () => void later((book) => book.seenVanished?.()),
    discard: async (n) => (await real).discard(n),
    care: lateCare(careOf(real)),
    numbers: {
      seal: async (number, bound) => (await (await real).numbers?.seal(number, bound)) ?? null,
      revealed: async (one) => (await real).numbers?.revealed(one),
    },
    files: lateFiles(real),
    deskCache: {
      get: async (question) => (await real).deskCache.get(question),
      put: async (question, value, asOf) => (await real).deskCache.put(question, value, asOf),
    },
    close: async () => (await real).close(),
  }
}
