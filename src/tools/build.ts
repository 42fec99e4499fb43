import { buildIfStale } from './build/build.ts'

const built = await buildIfStale()
if (built.ok) console.log(built.fresh ? 'dist is up to date' : `built in ${built.seconds.toFixed(1)} s`)
else {
  console.error(
    `${built.output.trim()}\n明白: the ${built.part} could not be built; the lines above say why.`,
  )
  process.exitCode = 1
}
