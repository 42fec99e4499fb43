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
      rolldownOptions: {
        external: ['fake-indexeddb', /^node:/],
        output: { codeSplitting: false },
      },
    },
  })
  const [{ output }] = built as Rolldown.RolldownOutput[] as [Rolldown.RolldownOutput]
  // Workers are files of their own; where there are none, as in a test, the page does their work.
  const [code, ...more] = output.filter((one) => one.type === 'chunk')
  if (!code || more.length > 0) throw new Error(`one file was expected, not ${more.length + 1}`)
  return gzipSync(code.code, { level: 9 })
}
