import { join } from 'node:path'
import { buildIfStale } from './build/build.ts'
import { measureApp, type Measured } from './size/measure.ts'
import { measurePublicPages } from './size/public-pages.ts'
import { ROOT } from './steps/run.ts'

const line = ({ name, bytes, limit }: Measured): string =>
  `${bytes <= limit ? 'ok  ' : 'OVER'}  ${name.padEnd(38)} ${bytes.toLocaleString('en').padStart(9)} of ${limit.toLocaleString('en').padStart(7)} bytes`

const built = await buildIfStale()
if (!built.ok) {
  console.error(
    `${built.output.trim()}\n明白: the ${built.part} could not be built, so nothing was measured.`,
  )
  process.exitCode = 1
} else {
  const sizes = [...measureApp(join(ROOT, 'dist/app')), await measurePublicPages()]
  for (const one of sizes) console.log(line(one))
  process.exitCode = sizes.every((one) => one.bytes <= one.limit) ? 0 : 1
}
