import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plantTree, type PlantedTree } from '#tests/support/planted-tree.ts'

const ROOMS = ['domain', 'sync', 'phone', 'app', 'worker', 'server']
const NOT_IN_THIS_PROJECT = 6307
const CANNOT_FIND_NAME = [2304, 2552, 2580, 2584, 2591]

const importing = (path: string) => `import { one } from '${path}'\nexport const own = one\n`
const named = Object.fromEntries(ROOMS.map((room) => [`src/${room}/one.ts`, 'export const one = 1\n']))

/** The errors that a room's own compiler settings find in one planted file. */
function errorsOf(tree: PlantedTree, room: string, file: string): number[] {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} }
  const config = ts.getParsedCommandLineOfConfigFile(
    join(tree.folder, 'src', room, 'tsconfig.json'),
    {},
    host,
  )
  if (!config) throw new Error(`no settings for ${room}`)
  const program = ts.createProgram({
    rootNames: [file, `src/${room}/one.ts`].map((path) => join(tree.folder, path)),
    options: config.options,
    projectReferences: config.projectReferences ?? [],
  })
  return ts.getPreEmitDiagnostics(program).map((one) => one.code)
}

describe('each room compiles with its own lib, types and neighbours', () => {
  let tree: PlantedTree
  beforeAll(() => {
    tree = plantTree(
      {
        ...named,
        'src/domain/fine.ts': importing('./one.ts'),
        'src/domain/to-phone.ts': importing('#phone/one.ts'),
        'src/sync/to-phone.ts': importing('#phone/one.ts'),
        'src/phone/to-app.ts': importing('#app/one.ts'),
        'src/app/to-server.ts': importing('#server/one.ts'),
        'src/worker/to-app.ts': importing('#app/one.ts'),
        'src/server/to-phone.ts': importing('#phone/one.ts'),
        'src/domain/screen.ts': 'export const own = document.title\n',
        'src/domain/process.ts': 'export const own = process.pid\n',
        'src/sync/network.ts': "export const own = fetch('/')\n",
        'src/domain/wait.ts': 'export const own = setTimeout(() => {}, 1)\n',
        'src/app/newer.ts': 'export const own = [1, 2].toSorted()\n',
      },
      ROOMS.map((room) => `src/${room}/tsconfig.json`),
    )
  })
  afterAll(() => tree.remove())

  it('what the table allows compiles', () => {
    expect(errorsOf(tree, 'domain', 'src/domain/fine.ts')).toEqual([])
  })

  it.each([
    ['domain', 'src/domain/to-phone.ts'],
    ['sync', 'src/sync/to-phone.ts'],
    ['phone', 'src/phone/to-app.ts'],
    ['app', 'src/app/to-server.ts'],
    ['worker', 'src/worker/to-app.ts'],
    ['server', 'src/server/to-phone.ts'],
  ])('%s does not compile with %s', (room, file) => {
    expect(errorsOf(tree, room, file)).toContain(NOT_IN_THIS_PROJECT)
  })

  it.each([
    ['domain', 'src/domain/screen.ts'],
    ['domain', 'src/domain/process.ts'],
    ['sync', 'src/sync/network.ts'],
    ['domain', 'src/domain/wait.ts'],
  ])('%s has neither screen, network, timer nor process: %s', (room, file) => {
    expect(CANNOT_FIND_NAME).toContain(errorsOf(tree, room, file)[0])
  })

  it('a phone runs nothing newer than ES2020', () => {
    expect(errorsOf(tree, 'app', 'src/app/newer.ts')).not.toEqual([])
  })
})
