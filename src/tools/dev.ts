import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildIfStale } from './build/build.ts'
import { ROOT } from './steps/run.ts'

/** The server that starts anew with every change of its source, and Vite, which draws every change at once and asks it for /api. */
const COMMANDS = [
  ['--watch', '--watch-preserve-output', 'src/server/main.ts'],
  ['node_modules/vite/bin/vite.js', '--host', 'localhost'],
]

// The server reads the compiled content and serves the built app beside Vite's, so there has to be one.
if (!existsSync(join(ROOT, 'dist/stamp'))) {
  console.log('明白: building once…')
  const built = await buildIfStale()
  if (!built.ok)
    console.error(`${built.output.trim()}\n明白: the ${built.part} does not build; going on without.`)
}

const children: ChildProcess[] = COMMANDS.map((args) =>
  spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }),
)
let stopping = false

/** Both or none: when one ends, so does the other. */
function stop(code: number): void {
  if (stopping) return
  stopping = true
  for (const child of children) child.kill('SIGTERM')
  process.exitCode = code
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(0))
for (const child of children) child.on('exit', (code) => stop(code ?? 0))
