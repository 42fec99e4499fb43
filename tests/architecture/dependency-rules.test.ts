import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plantTree, ROOT, type PlantedTree } from '#tests/support/planted-tree.ts'

const RULES = join(ROOT, 'tests/architecture/dependency-rules.cjs')
const settings = createRequire(import.meta.url)(RULES) as { forbidden: { name: string }[] }

const importing = (path: string) => `import { one } from '${path}'\nexport const own = one\n`
const one = 'export const one = 1\n'

/** For each rule the file that breaks it, and what it imports. */
const PLANTED: Readonly<Record<string, [file: string, imports: string]>> = {
  'no-cycles': ['src/server/services/left.ts', './right.ts'],
  'no-cycles-at-run-time': ['tests/simulation/left.ts', './right.ts'],
  resolvable: ['src/server/services/lost.ts', './nowhere.ts'],
  'domain-knows-nobody': ['src/domain/up.ts', '#sync/one.ts'],
  'sync-knows-domain': ['src/sync/up.ts', '#phone/one.ts'],
  'plain-core': ['src/domain/framework.ts', 'vue'],
  'no-node-in-core': ['src/phone/files.ts', 'node:fs'],
  'phone-knows-domain-and-sync': ['src/phone/up.ts', '#app/one.ts'],
  'app-knows-no-server': ['src/app/across.ts', '#server/one.ts'],
  'worker-knows-sync-and-phone': ['src/worker/up.ts', '#app/one.ts'],
  'server-knows-no-phone': ['src/server/across.ts', '#phone/one.ts'],
  'tools-use-the-core-and-the-server': ['src/tools/across.ts', '#app/one.ts'],
  'bench-page-measures-the-phone': ['src/tools/bench/page/across.ts', '#server/one.ts'],
  'nobody-imports-tools': ['src/server/commands.ts', '#tools/one.ts'],
  'no-tests-in-src': ['src/server/tested.ts', '#tests/one.ts'],
  'dexie-stays-in-phone': ['src/app/database.ts', 'dexie'],
  'vue-stays-in-app': ['src/phone/drawing.ts', 'vue'],
  'sql-stays-below': ['src/server/services/query.ts', 'drizzle-orm'],
  'features-are-neighbours': ['src/app/features/today/sideways.ts', '../records/one.ts'],
  'features-ask-services': ['src/app/features/today/database.ts', '#phone/one.ts'],
  'shared-app-knows-no-feature': ['src/app/ui/upwards.ts', '../features/records/one.ts'],
  'services-know-no-route': ['src/server/services/upwards.ts', '../routes/one.ts'],
  'repositories-know-no-service': ['src/server/repositories/upwards.ts', '../services/one.ts'],
  'routes-ask-services': ['src/server/routes/shortcut.ts', '../repositories/one.ts'],
}

/** What the house allows; none of it may be reported. */
const ALLOWED: Readonly<Record<string, string>> = {
  'src/sync/fine.ts': importing('#domain/one.ts'),
  'src/domain/fine.ts': "import * as v from 'valibot'\nexport const own = v\n",
  'src/phone/fine.ts': "import Dexie from 'dexie'\nexport const own = Dexie\n",
  'src/app/fine.ts': importing('#phone/one.ts'),
  'src/app/features/today/fine.ts': importing('../../one.ts'),
  'src/app/features/today/types.ts': "import type { Api } from '#phone/api.ts'\nexport type Own = Api\n",
  'src/worker/fine.ts': importing('#phone/one.ts'),
  'src/server/routes/fine.ts': importing('../services/one.ts'),
  'src/server/services/fine.ts': importing('../repositories/one.ts'),
  'src/server/repositories/fine.ts': "import { sql } from 'drizzle-orm'\nexport const own = sql\n",
  'src/tools/fine.ts': importing('#server/one.ts'),
}

const targets = [
  'domain',
  'sync',
  'phone',
  'app',
  'server',
  'tools',
  'app/features/records',
  'server/routes',
  'server/services',
  'server/repositories',
].map((room) => [`src/${room}/one.ts`, one])

describe('the import table', () => {
  let tree: PlantedTree
  const reported = new Map<string, Set<string>>()

  beforeAll(() => {
    tree = plantTree({
      ...Object.fromEntries(targets),
      ...ALLOWED,
      ...Object.fromEntries(Object.values(PLANTED).map(([file, path]) => [file, importing(path)])),
      'src/server/services/right.ts': importing('./left.ts'),
      'tests/simulation/right.ts': importing('./left.ts'),
      'src/phone/api.ts': 'export interface Api { one: 1 }\n',
      'tests/one.ts': one,
    })
    const cruiser = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
    const ran = spawnSync(process.execPath, [cruiser, '-c', RULES, '-T', 'json', 'src', 'tests'], {
      cwd: tree.folder,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    })
    const { summary } = JSON.parse(ran.stdout) as {
      summary: { violations: { from: string; rule: { name: string } }[] }
    }
    for (const { from, rule } of summary.violations) {
      const names = reported.get(from) ?? new Set()
      reported.set(from, names.add(rule.name))
    }
  })
  afterAll(() => tree.remove())

  it.each(Object.entries(PLANTED))('%s is caught', (rule, [file]) => {
    expect([...(reported.get(file) ?? [])]).toContain(rule)
  })

  it('every rule has a planted violation', () => {
    expect(Object.keys(PLANTED).sort()).toEqual(settings.forbidden.map((rule) => rule.name).sort())
  })

  it('what the house allows is not reported', () => {
    expect(Object.keys(ALLOWED).filter((file) => reported.has(file))).toEqual([])
  })
})
