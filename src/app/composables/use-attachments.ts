import { computed, onScopeDispose, shallowReactive, shallowRef, watch, type ComputedRef } from 'vue'
import type { Attachment } from '#domain/attachment/attachment.ts'
import type { Id } from '#domain/id.ts'
import type { RegionCode } from '#domain/region/code.ts'
import type { Opened, SyncWord } from '#phone/api.ts'
import { useServices } from '../services.ts'
import { useLive } from './use-live.ts'

/** A file of a record as a screen shows it. */
export interface Shown {
  id: Id
  region: RegionCode
  body: Attachment
  /** 存好了 · 交上去了 · 要你看; null: the bytes lie on another phone that has not handed them in yet. */
  word: SyncWord | null
  /** Whether the bytes lie here. */
  here: boolean
}

/** Handed in is a file only when the server has it whole; what waits is saved as long as it lies here. */
function wordOf(opened: Opened, here: boolean): SyncWord | null {
  const { state } = opened.body as unknown as Attachment
  if (opened.refused.length > 0 || state === 'failed') return 'needs-you'
  if (state === 'stored' && opened.pending === 0) return 'handed-in'
  return here ? 'saved' : null
}

/**
 * The files of records on this phone, oldest first, without those taken back. @param of keys (`kind/id`) of the records
 */
export function useAttachments(of: () => readonly string[]): ComputedRef<readonly Shown[]> {
  const { notebook } = useServices()
  const rows = useLive(notebook.files.rows)
  const here = useLive(notebook.files.here)
  const open = new Map<Id, () => void>()
  const opened = shallowReactive(new Map<Id, Opened>())
  const ids = shallowRef<readonly Id[]>([])

  const look = (id: Id) => {
    const stop = notebook.open('attachment', id).subscribe((one) => {
      if (one) opened.set(id, one)
      else opened.delete(id)
    })
    open.set(id, stop)
  }
  watch(
    () => (rows.value ?? []).filter((row) => row.of !== undefined && of().includes(row.of)),
    (mine) => {
      ids.value = mine.map((row) => row.id).sort()
      for (const id of ids.value) if (!open.has(id)) look(id)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    for (const stop of open.values()) stop()
  })
  return computed(() =>
    ids.value.flatMap((id): Shown[] => {
      const one = opened.get(id)
      if (!one) return []
      const body = one.body as unknown as Attachment
      const isHere = here.value?.has(id) ?? false
      return body.cancelled ? [] : [{ id, region: one.region, body, word: wordOf(one, isHere), here: isHere }]
    }),
  )
}
