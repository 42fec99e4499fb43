import { fileURLToPath } from 'node:url'
import { loadContent, type LoadedContent } from '#server/content/load-content.ts'
import { faultSentence } from '#server/content/reasons.ts'

export const SEEDS = fileURLToPath(new URL('../../../../seeds', import.meta.url))
/** A day on which every law the seeds cite is in force. */
export const TODAY = '2026-11-21'

/** The real seeds, compiled; a fault in them stops the test with its sentence. */
export async function seededContent(): Promise<LoadedContent> {
  const content = await loadContent(SEEDS, TODAY)
  if (!content.ok) throw new Error(content.faults.map(faultSentence).join('\n'))
  return content.value
}
