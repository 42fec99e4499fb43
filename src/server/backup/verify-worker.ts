import { parentPort, workerData } from 'node:worker_threads'
import { CannotBackUp } from './cannot-back-up.ts'
import { verifyBackup } from './verify.ts'

// Restoring and checking keeps a processor busy for a while; the server goes on beside it.
const { folder } = workerData as { folder: string }
try {
  parentPort?.postMessage({ ok: true, value: await verifyBackup(folder) }, [])
} catch (error) {
  if (!(error instanceof CannotBackUp)) throw error
  parentPort?.postMessage({ ok: false, reason: error.reason, sentence: error.message }, [])
}
