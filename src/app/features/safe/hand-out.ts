import type { BackupFile } from '#phone/care.ts'

/** Long enough for a slow phone to begin writing the file, ms. */
const KEPT_MS = 60_000

/** Puts the file into the phone's downloads. */
export function saveFile(file: Pick<BackupFile, 'name' | 'blob'>): void {
  const link = document.createElement('a')
  const address = URL.createObjectURL(file.blob)
  link.href = address
  link.download = file.name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS)
}

/** Offers the phone's own ways of sending it; where there are none, or the person closes them, it goes into the downloads again. */
export async function shareFile(file: Pick<BackupFile, 'name' | 'blob'>): Promise<void> {
  const files = [new File([file.blob], file.name, { type: file.blob.type || 'application/octet-stream' })]
  try {
    if (typeof navigator.canShare === 'function' && navigator.canShare({ files })) {
      await navigator.share({ files })
      return
    }
  } catch (error) {
    // Closed by the person: it lies in the downloads already.
    if ((error as { name?: string }).name === 'AbortError') return
  }
  saveFile(file)
}
