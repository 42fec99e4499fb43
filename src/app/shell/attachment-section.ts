import { defineAsyncComponent } from 'vue'
import { loadText } from '../text.ts'

/** The files of a record, with their words; a page shows everything else before them. */
export const AttachmentSection = defineAsyncComponent(async () => {
  await loadText(['attachment'])
  return (await import('./AttachmentSection.vue')).default
})
