import type { Notary } from './notary.ts'
import { must } from './violation.ts'

/** I-30, from the other side: what somebody wrote on a phone lies in one vault there, or they would open the one and miss the other. */
export function expectOneVault(notary: Notary): void {
  const seen = new Set<string>()
  for (const { phone, seen: clear } of notary.books.values()) {
    if (!clear?.me) continue
    const name = `${phone.index}/${clear.me.person}`
    must(!seen.has(name), 'I-30', () => `phone ${phone.index}: somebody has two vaults`)
    seen.add(name)
  }
}
