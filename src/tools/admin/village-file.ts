import { levelOf, type RegionCode, type RegionPrefix } from '#domain/region/code.ts'

export interface VillageLine {
  /** Twelve digits; null: only the township was given, and a number is found for it. */
  code: RegionCode | null
  township: RegionPrefix
  name: string
}

/** One thing wrong with the file; `line` counts from 1 as an editor does, 0: the file as a whole. */
export interface VillageFault {
  line: number
  sentence: string
}

const CODE_NAMES = ['code', '代码', '村代码', '区划代码']
const TOWNSHIP_NAMES = ['township', '乡镇', '乡镇代码']
const NAME_NAMES = ['name', '名称', '村名', '村']

/** One line of CSV: commas, double quotes around what holds a comma. null: a quote that never closes. */
function fieldsOf(line: string): string[] | null {
  const fields: string[] = []
  let rest = line
  for (;;) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(,|$)/.exec(rest)
    const plain = /^([^",]*)(,|$)/.exec(rest)
    const found = quoted ?? plain
    if (!found) return null
    fields.push((quoted ? (found[1] ?? '').replaceAll('""', '"') : (found[1] ?? '')).trim())
    if (found[2] === '') return fields
    rest = rest.slice(found[0].length)
  }
}

interface Columns {
  key: number
  by: 'code' | 'township'
  name: number
}

function columnsOf(head: readonly string[]): Columns | null {
  const place = (names: readonly string[]) => head.findIndex((one) => names.includes(one.toLowerCase()))
  const name = place(NAME_NAMES)
  const code = place(CODE_NAMES)
  const township = place(TOWNSHIP_NAMES)
  if (name < 0 || (code < 0 && township < 0)) return null
  return code >= 0 ? { key: code, by: 'code', name } : { key: township, by: 'township', name }
}

function readLine(fields: readonly string[], columns: Columns): VillageLine | string {
  const key = fields[columns.key] ?? ''
  const name = fields[columns.name] ?? ''
  if (name === '') return 'has no name'
  // A village's name goes into lists that somebody opens in a spreadsheet one day.
  if (/^[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|\p{Cc}/u.test(name))
    return 'has a name that begins like a formula or holds a sign that is none'
  if (Array.from(name).length > 50) return 'has a name longer than 50 characters'
  if (columns.by === 'township')
    return /^\d{9}$/.test(key)
      ? { code: null, township: key, name }
      : 'has a township code that is not nine digits'
  // Spreadsheets turn twelve digits into 5.32922E+11 when nobody stops them.
  if (/e\+/i.test(key))
    return 'has a code that a spreadsheet rounded; format the column as text and save again'
  if (!/^\d{12}$/.test(key)) return 'has a code that is not twelve digits'
  return levelOf(key) === 'village'
    ? { code: key, township: key.slice(0, 9), name }
    : 'has the code of no village (its last three digits are 000)'
}

/** The twice-given: same code, or same name in one township. */
function repeated(line: VillageLine, seen: Map<string, number>, at: number): string | null {
  const keys = [`${line.township} ${line.name}`, ...(line.code === null ? [] : [line.code])]
  const before = keys.map((one) => seen.get(one)).find((one) => one !== undefined)
  for (const one of keys) if (!seen.has(one)) seen.set(one, at)
  return before === undefined ? null : `repeats line ${before}`
}

/**
 * Reads a file of villages. Every fault is told, with its line; with any there are no villages.
 * @param knows whether a township (nine digits) is set up here
 */
export function readVillages(
  text: string,
  knows: (township: RegionPrefix) => boolean,
): { villages: VillageLine[]; faults: VillageFault[] } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (text.includes('\uFFFD'))
    return { villages: [], faults: [{ line: 0, sentence: 'is not UTF-8; save it as "CSV UTF-8"' }] }
  const columns = columnsOf(fieldsOf(lines[0] ?? '') ?? [])
  if (!columns)
    return {
      villages: [],
      faults: [{ line: 1, sentence: 'must name the columns: code,name or township,name' }],
    }
  const villages: VillageLine[] = []
  const faults: VillageFault[] = []
  const seen = new Map<string, number>()
  lines.slice(1).forEach((raw, i) => {
    const line = i + 2
    if (raw.trim() === '') return
    const fields = fieldsOf(raw)
    const read = fields ? readLine(fields, columns) : 'has a quotation mark that never closes'
    const fault =
      typeof read === 'string'
        ? read
        : knows(read.township)
          ? repeated(read, seen, line)
          : `is in township ${read.township}, which is not set up here; run "county ${read.township.slice(0, 6)}" first`
    if (fault !== null) faults.push({ line, sentence: fault })
    else if (typeof read !== 'string') villages.push(read)
  })
  if (villages.length === 0 && faults.length === 0) faults.push({ line: 0, sentence: 'has no village in it' })
  return faults.length > 0 ? { villages: [], faults } : { villages, faults }
}
