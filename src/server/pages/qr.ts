import { encode } from 'uqr'
import { html, type SafeHtml } from './html.ts'

/** The address of a shared item as people read and type it; it breaks only before the code. */
export const printedAddress = (origin: string, code: string): SafeHtml =>
  html`${origin.replace(/^https?:\/\//, '')}<wbr /><span class="code-line">/s/${code}</span>`

/**
 * A QR code of level Q (a quarter of it may be dirty or torn) as one black path on white, four modules of quiet zone
 * around it. The path is made of numbers only.
 */
export function qrCode(text: string): SafeHtml {
  const { data, size } = encode(text, { ecc: 'Q', border: 4 })
  const runs: string[] = []
  data.forEach((row, y) => {
    for (let x = 0; x < size; x++) {
      if (!row[x]) continue
      const from = x
      while (row[x + 1]) x++
      runs.push(`M${from} ${y}h${x - from + 1}v1h-${x - from + 1}z`)
    }
  })
  return html`<svg
    class="qr"
    viewBox="0 0 ${size} ${size}"
    role="img"
    aria-label="二维码：${text}"
    shape-rendering="crispEdges"
  >
    <rect class="paper" width="${size}" height="${size}" />
    <path d="${runs.join('')}" />
  </svg>`
}
