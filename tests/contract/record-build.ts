import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { ROOT } from '#tests/support/planted-tree.ts'

/** Everything this build's phone is made of in one file, libraries included; only the make-believe IndexedDB stays outside. */
export async function recordBuild(): Promise<Buffer> {
  const built = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    // Past the wrapper by which Dexie forbids a second version of itself in one place, as two builds are.
    resolve: {
      alias: [{ find: /^dexie$/, replacement: `${ROOT}/node_modules/dexie/dist/modern/dexie.mjs` }],
    },
    build: {
      write: false,
      target: 'esnext',
      lib: { entry: `${ROOT}/tests/support/whole-phone.ts`, formats: ['es'] },
      rolldownOptions: { external: ['fake-indexeddb', /^node:/] },
    },
  })
  const [{ output }] = built as Rolldown.RolldownOutput[] as [Rolldown.RolldownOutput]
  if (output.length !== 1) throw new Error(`one file was expected, not ${output.length}`)
  return gzipSync(output[0].code, { level: 9 })
}
