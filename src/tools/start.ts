import { buildIfStale } from './build/build.ts'

console.log('明白: looking whether the app is built…')
const built = await buildIfStale()
if (built.ok) {
  if (!built.fresh) console.log(`明白: built in ${built.seconds.toFixed(1)} s`)
  // The server runs in this very process, so that Ctrl-C and the exit code are its own.
  await import('#server/main.ts')
} else {
  console.error(
    `${built.output.trim()}\n明白: the ${built.part} could not be built; the lines above say why. Nothing was started.`,
  )
  process.exitCode = 1
}
