import { startEngine, type Engine } from '#sync/engine/run.ts'
import type { Me } from '#sync/protocol/wire.ts'
import type { Edit } from './api.ts'
import { storageFailure } from './database/failures.ts'
import { META } from './database/rows.ts'
import { platformBytes } from './engine/bytes.ts'
import { runnerLock } from './engine/lease.ts'
import { offerHeld } from './engine/offer-held.ts'
import { engineStore } from './engine/store.ts'
import type { NotebookWithFiles } from './attachments/api.ts'
import { attachments, NO_FILES } from './attachments/attachments.ts'
import { cell, type Cell } from './live.ts'
import { changeNotes, type Note } from './notes.ts'
import { careOf } from './notebook/care.ts'
import { newId, readFacts, type Context } from './notebook/context.ts'
import { deskCache } from './notebook/desk-cache.ts'
import { discardRefused } from './notebook/discard.ts'
import { draftBox } from './notebook/drafts.ts'
import { handInLater } from './notebook/later.ts'
import { looksOf } from './notebook/looks.ts'
import { openRecords } from './notebook/opened.ts'
import { waitingQueue } from './notebook/queue.ts'
import { rowList } from './notebook/rows.ts'
import { saveEdits } from './notebook/save.ts'
import { statusBoard } from './notebook/status.ts'
import type { PhonePorts } from './ports.ts'
import { sealForServer } from './seal/field-box.ts'
import { fenced } from './seal/fence.ts'
import { storageBudget } from './storage/budget.ts'
import { takeEntered } from './vault/entered.ts'
import { vaultCare } from './vault/care.ts'
import { forgetVanished, noteVanished } from './vaults.ts'
import { speakFor } from './notebook/speak-for.ts'

/** How often to look for news while somebody looks at the page, ms. */
const POLL_MS = 60_000

export interface NotebookOptions {
  vault: string
  pollMs?: number
  /** Called when another page of this browser has locked the vault. */
  lockedElsewhere?(): void
  /** Called with an error that is ours, not the weather's; nothing personal is in it. */
  broken?(error: unknown): void
}

async function openContext(
  ports: PhonePorts,
  vault: string,
): Promise<{ ctx: Context; vanished: number | null }> {
  const budget = storageBudget(await ports.openTables(vault), ports)
  const sealer = await ports.openSealer(budget.tables)
  const tables = fenced(budget.tables, sealer)
  if (sealer.envelope)
    await takeEntered(tables, sealer, ports.crypto).catch((error: unknown) => {
      // It lies there until there is room, and nothing is in the way of reading (I-4).
      if (storageFailure(error) !== 'storage-full') throw error
    })
  const facts = await readFacts({ tables, sealer })
  const ctx: Context = {
    vault,
    tables,
    budget,
    lost: null,
    sealer,
    ports,
    notes: changeNotes(vault, ports),
    ...facts,
    last: null,
  }
  speakFor(ctx)
  // With every start: the server may have learned since.
  await offerHeld(tables)
  const next = await tables.read(['meta'], async ({ meta }) => (await meta.get(META.next))?.value ?? 1)
  return { ctx, vanished: noteVanished(ports.marks, vault, next - 1) }
}

function engineOf(
  ctx: Context,
  options: NotebookOptions,
  waiting: () => number,
  changed: () => void,
): Engine {
  const { ports } = ctx
  return startEngine({
    store: engineStore(ctx),
    net: ports.net,
    clock: ports.clock,
    bytes: platformBytes(ports.crypto),
    app: ports.app,
    lock: runnerLock(ctx),
    random: ports.random,
    visible: ports.visible,
    waiting: () => waiting() > 0,
    pollMs: options.pollMs ?? POLL_MS,
    changed,
    // A database that is closed for good is told by the status; what that breaks is no fault.
    broken: (error) => ctx.lost === null && options.broken?.(error),
  })
}

/** Saves of one tab go one after the other, so that they never race each other for a number. */
function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }
}

function listen(
  ctx: Context,
  engine: Engine,
  parts: { hears(note: Note, own: boolean): void; me: Cell<Me | null> },
): void {
  const readAnew = async () => speakFor(Object.assign(ctx, await readFacts(ctx)))
  ctx.notes.hear(async (note, own) => {
    // Another tab wrote it; this one only knows that it did.
    if (!own && (note.me || note.sync)) await readAnew().catch(() => undefined)
    if (note.me) parts.me.set(ctx.me)
    parts.hears(note, own)
    const isWork = own ? note.saved || note.decided : note.receipts
    if (isWork) engine.event({ is: 'saved' })
  })
}

/**
 * Opens the notebook of one vault: everything a screen may ask of this phone. Reading and saving never wait for the network.
 * Rejects only when the browser cannot open the database at all.
 */
export async function createNotebook(
  ports: PhonePorts,
  options: NotebookOptions,
): Promise<NotebookWithFiles> {
  const { ctx, vanished: found } = await openContext(ports, options.vault)
  let vanished = found
  const me = cell<Me | null>()
  me.set(ctx.me)
  const list = rowList(ctx)
  const engineNow = (): Engine | undefined => engine
  const news = () => engineNow()?.news()
  const board = statusBoard(ctx, news, () => vanished)
  const drafts = draftBox(ctx)
  const queue = waitingQueue(ctx, () => ({
    sending: news()?.sending ?? new Set(),
    tries: news()?.state.tries ?? 0,
  }))
  const looks = looksOf(ctx)
  const records = openRecords(ctx, looks, (key) =>
    (queue.queue.get() ?? []).some((one) => one.key === key && one.state === 'uploading'),
  )
  let filesNow = undefined as ReturnType<typeof attachments> | undefined
  const later = handInLater(ctx, board.waiting, () => filesNow?.waiting.get()?.files ?? 0, news)
  let guard = undefined as ReturnType<typeof vaultCare> | undefined
  const guardNow = () => guard
  let engine: Engine | undefined = undefined as Engine | undefined
  engine = engineOf(ctx, options, board.waiting, () => {
    board.retell()
    queue.refresh()
    later.changed()
    if (news()?.state.name === 'needs-login') guardNow()?.signedOut()
  })
  const running = engine
  const oneByOne = inTurn()
  guard = vaultCare(ctx, oneByOne, options.lockedElsewhere)
  const caring = careOf(ctx, oneByOne, ctx.budget.fullness)
  const files = attachments(ctx, ports.files ?? NO_FILES, {
    rows: list.files,
    inTurn: oneByOne,
    // An exchange that is under way was answered before, perhaps: one more follows it.
    handedIn: () => running.event({ is: 'saved' }),
    broken: (error) => ctx.lost === null && options.broken?.(error),
  })
  filesNow = files
  listen(ctx, running, {
    me,
    hears(note, own) {
      if (note.keys && note.keys.length > 0) {
        if (own && note.rows) list.show(note.keys, note.rows)
        else list.refresh(note.keys)
        records.refresh(note.keys)
      }
      files.hears(note)
      caring.hears(note)
      guard?.hears(note, own)
      if (note.drafts) drafts.refresh()
      if (note.queue) queue.refresh()
      if (note.saved && own) {
        board.added(note.saved)
        ctx.budget.stock()
      } else if (note.queue) void board.refresh()
      else if (note.sync) board.retell()
    },
  })
  /** What another page did may never have been heard here: some browsers have no channel, and a sleeping page misses what is said. */
  const lookAnew = () => {
    void board.refresh()
    queue.refresh()
    if (ports.channel) return
    list.refreshAll()
    records.refresh(null)
  }
  const unwake = ports.onWake(() => {
    lookAnew()
    running.event({ is: 'wake' })
    files.wake()
  })
  ctx.tables.whenLost((why) => {
    ctx.lost = why
    board.retell()
    void running.stop()
    void files.stop()
  })
  if (ctx.me) ctx.budget.stock()
  await board.refresh()
  running.event({ is: 'wake' })
  const close = async () => {
    unwake()
    guard?.stop()
    later.stop()
    list.stop()
    await Promise.all([running.stop(), files.stop()])
    board.flush()
    ctx.notes.close()
    ctx.tables.close()
  }
  return {
    me,
    rows: list.rows,
    open: records.open,
    save: (edits: readonly Edit[], finish = {}) => oneByOne(() => saveEdits(ctx, edits, finish)),
    files,
    newId: () => newId(ports),
    drafts,
    queue: queue.queue,
    status: board.status,
    async tryNow() {
      running.event({ is: 'wake', asked: true })
      // What stood aside too: whoever asks may know that the way is free.
      if (await offerHeld(ctx.tables).catch(() => false)) ctx.notes.tell({ queue: true, decided: true })
      await running.settled()
    },
    setCut(on) {
      if (!on) lookAnew()
      running.event({ is: 'cut', on })
      files.cut(on)
    },
    async entered() {
      await takeEntered(ctx.tables, ctx.sealer, ports.crypto)
      speakFor(Object.assign(ctx, await readFacts(ctx)))
      me.set(ctx.me)
      running.event({ is: 'entered' })
      files.wake()
    },
    seenVanished() {
      forgetVanished(ports.marks, ctx.vault)
      vanished = null
      board.retell()
    },
    discard: (n) => oneByOne(() => discardRefused(ctx, n, '')),
    care: caring.care,
    guard: guard.guard,
    numbers: {
      seal: async (number, bound) =>
        ctx.sync.fieldKey ? sealForServer(ports.crypto, ctx.sync.fieldKey, bound, number) : null,
      revealed: (one) => looks.revealed(one),
    },
    deskCache: deskCache(ctx),
    close,
  }
}
