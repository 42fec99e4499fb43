import type { Attachments, FilesWaiting } from '#phone/attachments/api.ts'
import type { ListRow } from '#phone/api.ts'
import type { Id } from '#domain/id.ts'
import { LateLive } from './late-live.ts'

/**
 * Files of records as screens hold them from the first moment; everything waits for the code that knows the database.
 * @param real the phone's own, once it is there
 */
export function lateFiles(real: Promise<{ files: Attachments }>): Attachments {
  const rows = new LateLive<readonly ListRow[]>()
  const here = new LateLive<ReadonlySet<Id>>()
  const waiting = new LateLive<FilesWaiting>()
  const join = async () => {
    const { files } = await real
    rows.join(files.rows)
    here.join(files.here)
    waiting.join(files.waiting)
  }
  join().catch(() => undefined)
  return {
    rows,
    here,
    waiting,
    add: async (parent, taken) => (await real).files.add(parent, taken),
    bytes: async (id) => (await real).files.bytes(id),
    fetch: async (id) => (await real).files.fetch(id),
    wifiOnly: async () => (await real).files.wifiOnly(),
    setWifiOnly: async (on) => (await real).files.setWifiOnly(on),
    force: () => void real.then(({ files }) => files.force()).catch(() => undefined),
  }
}
