import type { Care, Health, RefusedOp } from '#phone/care.ts'
import { LateLive } from './late-live.ts'

/**
 * Care as screens hold it from the first moment; everything waits for the code that knows the database.
 * @param real the phone's own, once it is there; a failure is thrown to whoever asks for something only it can do
 */
export function lateCare(real: Promise<Care>): Care {
  const refused = new LateLive<readonly RefusedOp[]>()
  const health = new LateLive<Health>()
  const join = async () => {
    const care = await real
    refused.join(care.refused)
    health.join(care.health)
  }
  join().catch(() => undefined)
  return {
    refused,
    health,
    resend: async (n, edits) => (await real).resend(n, edits),
    discard: async (n, reason) => (await real).discard(n, reason),
    askSupervisor: async (n, note) => (await real).askSupervisor(n, note),
    counts: async (year) => (await real).counts(year),
    backup: {
      make: async (passphrase) => (await real).backup.make(passphrase),
      inspect: async (file, passphrase) => (await real).backup.inspect(file, passphrase),
      take: async (file, passphrase) => (await real).backup.take(file, passphrase),
    },
  }
}
