import { describe, expect, it } from 'vitest'
import type { ListRow, Live } from '#phone/api.ts'
import type { NotebookWithFiles } from '#phone/attachments/api.ts'
import { cell } from '#phone/live.ts'
import { lateNotebook } from '#app/late-notebook.ts'

const early = [{ key: 'dispute/1' }] as unknown as readonly ListRow[]
const later = [{ key: 'dispute/1' }, { key: 'dispute/2' }] as unknown as readonly ListRow[]
const reading = {
  rows: early,
  me: null,
  drafts: [],
  waiting: 0,
  refused: 0,
  oldestAt: null,
  lastAt: null,
} as never
const tick = () => new Promise((done) => setTimeout(done, 0))

function book() {
  const rows = cell<readonly ListRow[]>()
  const others: Live<never> = cell<never>()
  const opened = cell<never>()
  const notebook = {
    me: others,
    rows,
    queue: others,
    status: others,
    drafts: { list: others },
    open: () => opened,
  } as unknown as NotebookWithFiles
  return { notebook, rows, opened }
}

describe('the notebook before its code has come', () => {
  it('shows the early reading, then what the notebook says, to those who listened all along', async () => {
    const { notebook, rows } = book()
    let arrive: (book: NotebookWithFiles) => void = () => undefined
    const late = lateNotebook(
      () => new Promise((done) => (arrive = done)),
      async () => reading,
    )
    const heard: (readonly ListRow[])[] = []
    const stop = late.rows.subscribe((value) => heard.push(value))
    await tick()
    expect(heard).toEqual([early])
    expect(late.rows.get()).toEqual(early)
    arrive(notebook)
    await tick()
    rows.set(later)
    expect(heard.at(-1)).toBe(later)
    stop()
    rows.set(early)
    expect(heard.at(-1)).toBe(later)
  })

  it('lets go of a listener that left before the notebook came', async () => {
    const { notebook, rows } = book()
    let arrive: (book: NotebookWithFiles) => void = () => undefined
    const late = lateNotebook(
      () => new Promise((done) => (arrive = done)),
      async () => null,
    )
    let heard = 0
    late.rows.subscribe(() => heard++)()
    arrive(notebook)
    await tick()
    rows.set(later)
    expect(heard).toBe(0)
    expect(rows.watched()).toBe(false)
  })

  it('opens records once they can be opened', async () => {
    const { notebook, opened } = book()
    const late = lateNotebook(
      async () => notebook,
      async () => null,
    )
    const heard: unknown[] = []
    late.open('dispute', '1').subscribe((value) => heard.push(value))
    await tick()
    opened.set('there' as never)
    expect(heard).toEqual(['there'])
  })

  it('throws to whoever wants to save when the notebook cannot be opened, and makes ids without it', async () => {
    const late = lateNotebook(
      async () => Promise.reject(new Error('broken')),
      async () => null,
    )
    await expect(late.save([])).rejects.toThrow('broken')
    expect(late.newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  })
})
