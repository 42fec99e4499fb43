import type { Database } from '../database/database.ts'
import { doneWithContents, leaveContents, takeLeftContents } from '../repositories/privacy/leftovers.ts'
import { openFiles } from '../services/attachments/files.ts'

/** Contents of one transaction: whoever hands in a file waits for it. */
const AT_A_TIME = 50

/**
 * Removes the files of erased attachments, unless another record has the same content; what came of unfinished uploads of them too.
 * Stopped anywhere, the next night goes on. @param now epoch ms @returns how many contents went
 */
export async function removeContents(database: Database, folder: string, now: number): Promise<number> {
  const files = openFiles(folder)
  await database.as('jobs', {}, (tx) => leaveContents(tx, new Date(now)))
  let removed = 0
  for (;;) {
    const left = await database.as('jobs', {}, async (tx) => {
      const contents = await takeLeftContents(tx, AT_A_TIME)
      const free = contents.filter((one) => !one.needed)
      const uploads = free.flatMap((one) => one.uploads)
      for (const id of uploads) await files.forget(id)
      for (const { sha256 } of free) await files.remove(sha256)
      await doneWithContents(
        tx,
        contents.map((one) => one.sha256),
        uploads,
      )
      removed += free.length
      return contents.length
    })
    if (left < AT_A_TIME) return removed
  }
}
