import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { fingerprint } from '#tools/build/fingerprint.ts'
import { median } from '#tools/bench/median.ts'
import { closure, filesOf, type Manifest } from '#tools/size/chunks.ts'
import { plantTree, type PlantedTree } from '#tests/support/planted-tree.ts'

describe('whether a build is stale', () => {
  let tree: PlantedTree
  afterEach(() => tree.remove())
  const house = () => {
    tree = plantTree({
      'src/app/main.ts': '1',
      'seeds/content/a.md': '1',
      'src/server/main.ts': '1',
      'tests/a.test.ts': '1',
    })
    return fingerprint(tree.folder, 'demo')
  }

  it('changes with every file that is built from: changed, new, gone, or only touched', () => {
    const seen = [house()]
    const look = () => seen.push(fingerprint(tree.folder, 'demo'))
    writeFileSync(join(tree.folder, 'src/app/main.ts'), '22')
    look()
    writeFileSync(join(tree.folder, 'src/app/Page.vue'), '1')
    look()
    rmSync(join(tree.folder, 'seeds/content/a.md'))
    look()
    utimesSync(join(tree.folder, 'src/app/main.ts'), 1, 1)
    look()
    seen.push(fingerprint(tree.folder, 'production'))
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('does not change with the server, which is not built, or with tests', () => {
    const before = house()
    writeFileSync(join(tree.folder, 'src/server/main.ts'), '22')
    writeFileSync(join(tree.folder, 'tests/a.test.ts'), '22')
    expect(fingerprint(tree.folder, 'demo')).toBe(before)
  })
})

describe('what runs at the start', () => {
  const manifest: Manifest = {
    'index.html': { file: 'a.js', imports: ['_b'], dynamicImports: ['late.ts'], css: ['a.css'] },
    _b: { file: 'b.js', imports: ['_c'], css: ['b.css'] },
    _c: { file: 'c.js', imports: ['_b'] },
    'late.ts': { file: 'late.js', imports: ['_c', '_d'] },
    _d: { file: 'd.js' },
  }

  it('is the entry with everything it imports at once, and nothing it may fetch later', () => {
    expect(filesOf(manifest, closure(manifest, ['index.html']))).toEqual({
      scripts: ['a.js', 'b.js', 'c.js'],
      styles: ['a.css', 'b.css'],
    })
    expect([...closure(manifest, ['late.ts'])].sort()).toEqual(['_b', '_c', '_d', 'late.ts'])
  })

  it('is never guessed: a name that is not in the manifest stops the measuring', () => {
    expect(() => closure(manifest, ['gone.ts'])).toThrow('gone.ts')
  })
})

it('a median is the middle, or between the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([5])]).toEqual([2, 2.5, 5])
  expect(() => median([])).toThrow('nothing')
})
