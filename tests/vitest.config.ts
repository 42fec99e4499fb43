import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const root = fileURLToPath(new URL('..', import.meta.url))
const SECOND = 1000

/** One project per tier, so that `--project unit` runs the fast ones alone. Only weather is faked, so nothing is mocked here. */
const tier = (name: string, testTimeout: number, more: object = {}) => ({
  extends: true as const,
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    environment: 'node',
    testTimeout,
    hookTimeout: testTimeout * 2,
    ...more,
  },
})

/**
 * Browser stories share one world, so their order is part of what they prove: by name, the same in every checkout. What the runner
 * remembers of earlier runs decides only for the other tiers.
 */
class StoriesByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isStory = (file: TestSpecification) => file.project.name === 'e2e'
    const stories = sorted.filter(isStory).sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1))
    return [...sorted.filter((file) => !isStory(file)), ...stories]
  }
}

export default defineConfig({
  root,
  plugins: [vue()],
  test: {
    // Two cores: more workers only make each other late.
    maxWorkers: 2,
    passWithNoTests: true,
    sequence: { sequencer: StoriesByName },
    projects: [
      tier('unit', 30 * SECOND),
      tier('architecture', 60 * SECOND),
      tier('contract', 30 * SECOND),
      tier('integration', 60 * SECOND),
      tier('simulation', 120 * SECOND),
      // One browser story at a time: they measure and they share ports.
      tier('e2e', 180 * SECOND, {
        fileParallelism: false,
        // What a screen says a moment later is waited for as long as a slow machine may take, unless a story says how long.
        expect: { poll: { timeout: 20 * SECOND } },
        globalSetup: ['tests/e2e/support/global-setup.ts'],
      }),
    ],
  },
})
