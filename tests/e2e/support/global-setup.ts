import type { TestProject } from 'vitest/node'
import { startDemo } from './demo-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Port of the demo's entry page; its three people live on the ports after it. */
    demoPort: number
  }
}

/** One real server with the demo world for all stories. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const demo = await startDemo()
  project.provide('demoPort', demo.port)
  return demo.stop
}
