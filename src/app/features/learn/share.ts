/** Whether the person cancelled the chooser: that is an answer, not a failure. */
const cancelled = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'

/** Hands a picture to the phone's own chooser, alone: text sent along would be dropped on the way. False where the browser cannot. */
export async function shareFile(file: File): Promise<boolean> {
  const data = { files: [file] }
  if (!navigator.canShare?.(data)) return false
  try {
    await navigator.share(data)
    return true
  } catch (error) {
    return cancelled(error)
  }
}

/** Hands a title and a link to the phone's own chooser. False where the browser cannot. */
export async function shareLink(title: string, url: string): Promise<boolean> {
  if (typeof navigator.share !== 'function') return false
  try {
    await navigator.share({ title, url })
    return true
  } catch (error) {
    return cancelled(error)
  }
}

/** Puts a text on the clipboard; false where that is not allowed. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
