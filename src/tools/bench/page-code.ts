import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'
import { ROOT } from '../steps/run.ts'

const FOLDER = join(ROOT, 'node_modules/.cache/mingbai/bench-page')

/** The bench page's code in one classic script, with the phone's own rooms in it as they ship. */
export async function pageCode(): Promise<string> {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    define: { __APP_VERSION__: '"bench"' },
    build: {
      outDir: FOLDER,
      emptyOutDir: true,
      target: 'chrome87',
      minify: true,
      lib: {
        entry: join(ROOT, 'src/tools/bench/page/main.ts'),
        formats: ['iife'],
        name: 'benchPage',
        fileName: () => 'page.js',
      },
    },
  })
  return readFile(join(FOLDER, 'page.js'), 'utf8')
}
