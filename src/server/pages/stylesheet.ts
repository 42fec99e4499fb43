import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export type Stylesheet = { path: string; body: string }

/** The stylesheet of the public pages under a name that changes with its content, so that it may be kept for ever. */
export function publicStylesheet(): Stylesheet {
  const body = readFileSync(new URL('./public.css', import.meta.url), 'utf8')
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 12)
  return { path: `/assets/public-${hash}.css`, body }
}
