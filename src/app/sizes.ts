/** Bytes as people read them on their phone: 3 MB, 0.4 MB, 12 kB; 1 MB = 1,000,000 B. */
export function sizeText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`
  if (bytes >= 1e7) return `${Math.round(bytes / 1e6)} MB`
  return bytes >= 1e5 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`
}
