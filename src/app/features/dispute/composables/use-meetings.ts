import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { Id } from '#domain/id.ts'
import type { Meeting } from '#domain/meeting/meeting.ts'
import type { RegionCode } from '#domain/region/code.ts'
import type { Body } from '#domain/record/kind.ts'
import { useLive } from '../../../composables/use-live.ts'
import { useServices } from '../../../services.ts'

/** Meetings of one village that are looked into, newest first: far more than a village holds while a dispute is open. */
const LOOKED_AT = 60

interface About {
  dispute: Id
  region: RegionCode
  /** When the dispute was written down, epoch ms: its meetings came later. */
  since: number
}

/**
 * The meetings of a dispute on this phone. A list's row does not say which dispute a meeting belongs to, so the meetings of the
 * same village that were written down after the dispute are opened.
 */
export function useMeetings(
  of: () => About | null,
): Readonly<ShallowRef<readonly (readonly [Id, Meeting])[]>> {
  const { notebook } = useServices()
  const rows = useLive(notebook.rows)
  const open = new Map<Id, { body: Body | undefined; stop: () => void }>()
  const meetings: ShallowRef<readonly (readonly [Id, Meeting])[]> = shallowRef([])

  const tell = (dispute: Id) => {
    const mine = [...open].filter(([, one]) => one.body?.['dispute'] === dispute)
    meetings.value = mine.map(([id, one]) => [id, one.body as unknown as Meeting] as const)
  }
  const look = (id: Id, dispute: Id) => {
    if (open.has(id)) return
    const one: { body: Body | undefined; stop: () => void } = { body: undefined, stop: () => undefined }
    open.set(id, one)
    one.stop = notebook.open('meeting', id).subscribe((opened) => {
      one.body = opened?.body
      tell(dispute)
    })
  }

  watch(
    () => ({ list: rows.value ?? [], about: of() }),
    ({ list, about }) => {
      if (!about) return
      const found = list.filter(
        (row) => row.kind === 'meeting' && row.region === about.region && row.at >= about.since,
      )
      for (const row of found.slice(0, LOOKED_AT)) look(row.id, about.dispute)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    for (const one of open.values()) one.stop()
  })
  return meetings
}
