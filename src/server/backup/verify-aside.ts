import { Worker } from 'node:worker_threads'
import { CannotBackUp } from './cannot-back-up.ts'
import type { Verified } from './verify.ts'

type Said = { ok: true; value: Verified } | { ok: false; reason: string; sentence: string }

/** `verifyBackup` in a thread of its own, so that a server goes on serving. */
export function verifyAside(folder: string): Promise<Verified> {
  const worker = new Worker(new URL('./verify-worker.ts', import.meta.url), { workerData: { folder } })
  return new Promise<Verified>((done, fail) => {
    worker.once('message', (said: Said) => {
      if (said.ok) done(said.value)
      else fail(new CannotBackUp(said.reason, said.sentence))
    })
    worker.once('error', fail)
    worker.once('exit', (code) => fail(new Error(`the check of a backup ended with ${code}`)))
  }).finally(() => void worker.terminate())
}
