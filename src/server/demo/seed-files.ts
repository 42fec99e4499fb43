import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { parse } from 'yaml'
import {
  ArchiveLineSchema,
  CommitteeLineSchema,
  LivingSchema,
  NamesSchema,
  OutreachLineSchema,
  PhrasesSchema,
  StoriesSchema,
  WordLineSchema,
  WorldSchema,
  type ArchiveLine,
  type CommitteeLine,
  type Living,
  type Names,
  type OutreachLine,
  type Phrases,
  type Story,
  type WordLine,
  type World,
} from './seed-schemas.ts'

/** Everything that is written down about the invented county. */
export interface DemoSeeds {
  world: World
  committees: CommitteeLine[]
  archive: ArchiveLine[]
  words: WordLine[]
  outreach: OutreachLine[]
  living: Living
  phrases: Phrases
  names: Names
  stories: Story[]
}

const DEMO_SEEDS = new URL('../../../seeds/demo/', import.meta.url)

const read = (folder: URL, name: string): string => readFileSync(new URL(name, folder), 'utf8')

function check<T>(schema: v.GenericSchema<unknown, T>, value: unknown, where: string): T {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const first = result.issues[0]
  throw new Error(`${where}: ${v.getDotPath(first) ?? ''} ${first.message}`)
}

/**
 * The lines of a tab-separated file without comments and empty lines, each turned into a checked object.
 * @param from makes an object of a line's cells; a mistake names the file and the line
 */
export function tableOf<T>(
  text: string,
  name: string,
  schema: v.GenericSchema<unknown, T>,
  from: (cells: string[]) => unknown,
): T[] {
  const rows: T[] = []
  text.split('\n').forEach((line, at) => {
    if (line.trim() !== '' && !line.startsWith('#'))
      rows.push(check(schema, from(line.split('\t')), `${name} line ${at + 1}`))
  })
  return rows
}

const orNull = (cell: string | undefined): string | null => (cell === undefined || cell === '-' ? null : cell)

const archiveLine = ([
  accepted,
  region,
  word,
  source,
  side,
  other,
  outcome,
  settled,
  form,
  yuan,
  court,
]: string[]): unknown => ({
  accepted,
  region,
  word,
  source,
  side,
  other,
  outcome,
  settled,
  form: orNull(form),
  yuan: orNull(yuan) === null ? null : Number(yuan),
  court: orNull(court),
})

const committeeLine = ([region, name, level, ...counts]: string[]): unknown => {
  const [members, engaged, understanders, both, weight] = counts.map(Number)
  return { region, name, level, members, engaged, understanders, both, weight }
}

const outreachLine = ([title, form, months, from, to, place]: string[]): unknown => ({
  title,
  form,
  place,
  months: (months ?? '').split(',').map(Number),
  from: Number(from),
  to: Number(to),
})

/** The archive file's text as lines; apart from the others so that a changed text can be read the same way. */
export const archiveOf = (text: string): ArchiveLine[] =>
  tableOf(text, 'archive.tsv', ArchiveLineSchema, archiveLine)

/** Reads and checks `seeds/demo`; a mistake in a file throws with the file, the line and the field. */
export function readDemoSeeds(folder: URL = DEMO_SEEDS): DemoSeeds {
  const yaml = <T>(name: string, schema: v.GenericSchema<unknown, T>): T =>
    check(schema, parse(read(folder, name)), name)
  const table = <T>(
    name: string,
    schema: v.GenericSchema<unknown, T>,
    from: (cells: string[]) => unknown,
  ): T[] => tableOf(read(folder, name), name, schema, from)
  return {
    world: yaml('world.yaml', WorldSchema),
    living: yaml('living.yaml', LivingSchema),
    phrases: yaml('phrases.yaml', PhrasesSchema),
    names: yaml('names.yaml', NamesSchema),
    stories: yaml('stories.yaml', StoriesSchema),
    committees: table('committees.tsv', CommitteeLineSchema, committeeLine),
    words: table('words.tsv', WordLineSchema, ([word, weight, ...months]) => ({
      word,
      weight: Number(weight),
      months: months.map(Number),
    })),
    outreach: table('outreach.tsv', OutreachLineSchema, outreachLine),
    archive: archiveOf(read(folder, 'archive.tsv')),
  }
}
