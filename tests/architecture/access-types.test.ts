import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { plantTree, type PlantedTree } from '#tests/support/planted-tree.ts'

const ROUTE = (access: string) => `import { route } from './route.ts'
export const one = route({ method: 'GET', path: '/api/one', summary: 'x', ${access} handler: () => null })
`
const READ = (open: string) => `import type { Rights } from '#domain/access/grant.ts'
import type { Database } from '../database/database.ts'
import { readAs, readSettings } from '../database/read-settings.ts'
import { oneOf } from '../repositories/desk/rows.ts'
export const read = (database: Database, rights: Rights) =>
  ${open}, (tx) => oneOf(tx, '999901', 'dispute', ''))
export const names = [readAs, readSettings]
`
const FILES = {
  'src/server/routes/says-who.ts': ROUTE("access: { actors: ['clerk'] },"),
  'src/server/routes/says-nothing.ts': ROUTE(''),
  'src/server/routes/says-nobody.ts': ROUTE('access: { actors: [] },'),
  'src/server/services/with-rights.ts': READ("readAs(database, readSettings(rights, '2026-11-21')"),
  'src/server/services/without-scope.ts': READ("database.as('app', {}"),
  'src/server/services/own-settings.ts': READ("readAs(database, { full_casework: '99' }"),
}

let tree: PlantedTree
let program: ts.Program
beforeAll(() => {
  tree = plantTree(FILES, ['src/domain', 'src/sync', 'src/server'])
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} }
  const config = ts.getParsedCommandLineOfConfigFile(join(tree.folder, 'src/server/tsconfig.json'), {}, host)
  if (!config) throw new Error('no settings for server')
  program = ts.createProgram({
    rootNames: Object.keys(FILES).map((path) => join(tree.folder, path)),
    // Its neighbours are read as they are written, not as they were built.
    options: { ...config.options, composite: false, incremental: false },
  })
}, 120_000)
afterAll(() => tree.remove())

/** What the compiler says of one planted file. */
const errorsIn = (file: string): number[] =>
  program.getSemanticDiagnostics(program.getSourceFile(join(tree.folder, file))).map((one) => one.code)

it('[TR-21] a route that does not say who may ask does not compile', () => {
  expect(errorsIn('src/server/routes/says-who.ts')).toEqual([])
  expect(errorsIn('src/server/routes/says-nothing.ts')).not.toEqual([])
  expect(errorsIn('src/server/routes/says-nobody.ts')).not.toEqual([])
})

it('[TR-22] a read of records without somebody’s rights does not compile', () => {
  expect(errorsIn('src/server/services/with-rights.ts')).toEqual([])
  expect(errorsIn('src/server/services/without-scope.ts')).not.toEqual([])
  expect(errorsIn('src/server/services/own-settings.ts')).not.toEqual([])
})
