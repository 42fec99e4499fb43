import { parseArgs } from 'node:util'

/** The operator asked for something that cannot be done; one sentence, non-zero exit, nothing changed. */
export class CannotDo extends Error {
  override readonly name = 'CannotDo'
  readonly reason: string

  /** @param reason a code for scripts; '' where the sentence says it all */
  constructor(sentence: string, reason = '') {
    super(sentence)
    this.reason = reason
  }
}

export const USAGE = `npm run admin -- <command>

  county CODE                          sets up a county and its townships by its six-digit code
  villages FILE.csv                    sets up villages: columns code,name or township,name (UTF-8)
  first-admin --name N --username U [--region CODE] [--password-stdin]
                                       the first administrator; prints a one-time link to set the password in the browser
  invite --name N --role R --region CODE [--username U]
                                       an office role gets a one-time link, a mediator or understander a card's code
  leave --username U                   somebody of an office leaves: their posts end, the account closes, their phones are told to lock
  backup FOLDER                        writes a backup into a new folder, of a running server or of one that is stopped
  verify FOLDER                        restores a backup into a database of its own and checks it; tells phones what is safe
  restore FOLDER [--replace]           puts a backup in place of an empty database, or of one with work in it; the server is stopped
  drill [FOLDER]                       backup, restore elsewhere and checks in one go, with figures
  metrics recompute [--county CODE] [--cause TEXT]
                                       sets every number to what the records say and closes what audits found
  audit head                           prints the head of the log: a number and a hash, to be written into a paper book now and then
  audit verify [--head N:HASH]         recomputes the whole log and names the first place that is not as it was written; with a head
                                       from the book, also when somebody made the whole log anew
  remap OLD NEW                        a village has gone over into another: its posts, phones and records go there; may be given again
  erase KIND ID                        empties a record for good, as the law may demand; neither a backup nor a phone brings it back
  reseal                               seals all telephone numbers of people anew under the newest of MINGBAI_FIELD_SECRETS, those too that
                                       an older build left in clear; while people work, and as often as one likes
  hold set ID --until DAY --reason TEXT --first U --second U
  hold lift ID --first U --second U    keeps a record from being erased until a day, or ends that; U: usernames of two people of the
                                       office, whose codes are read from standard input, one a line
  subject find NAME --region CODE --first U --second U
                                       where somebody of that name stands, as a side or as who asked
  subject export NAME --records ID,ID --to FOLDER --first U --second U
                                       all that is written down of one person, as data and to be read, without what is another's
  subject delete NAME --records ID,ID --first U --second U
                                       deletes what is theirs alone; not a closed file, nor what a hold keeps
  help                                 this page

The database is the one the server uses: MINGBAI_DATA or DATABASE_URL, with the same MINGBAI_SECRET.
`

export type Order =
  | { command: 'help' }
  | { command: 'county'; code: string }
  | { command: 'villages'; file: string }
  | { command: 'first-admin'; name: string; username: string; region: string | null; passwordStdin: boolean }
  | { command: 'invite'; name: string; role: string; region: string; username: string }
  | { command: 'leave'; username: string }
  | { command: 'backup'; folder: string }
  | { command: 'verify'; folder: string }
  | { command: 'restore'; folder: string; replace: boolean }
  | { command: 'drill'; folder: string | null }
  | { command: 'metrics'; what: string; county: string | null; cause: string | null }
  | { command: 'audit'; what: string; head: string | null }
  | { command: 'remap'; from: string; to: string }
  | { command: 'erase'; kind: string; id: string }
  | { command: 'reseal' }
  | HoldOrder
  | SubjectOrder

interface Pair {
  /** Usernames of two people. */
  first: string
  second: string
}
export interface HoldOrder extends Pair {
  command: 'hold'
  what: string
  id: string
  until: string
  reason: string
}
export interface SubjectOrder extends Pair {
  command: 'subject'
  what: string
  name: string
  region: string
  records: string
  to: string
}

const OPTIONS = {
  name: { type: 'string' },
  username: { type: 'string' },
  region: { type: 'string' },
  role: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  replace: { type: 'boolean' },
  county: { type: 'string' },
  cause: { type: 'string' },
  head: { type: 'string' },
  until: { type: 'string' },
  reason: { type: 'string' },
  first: { type: 'string' },
  second: { type: 'string' },
  records: { type: 'string' },
  to: { type: 'string' },
} as const

/** What each command takes besides its name: options it must have, may have, and how many words follow, at least and at most. */
const SHAPES = {
  help: { must: [], may: [], words: [0, 0] },
  county: { must: [], may: [], words: [1, 1] },
  villages: { must: [], may: [], words: [1, 1] },
  'first-admin': { must: ['name', 'username'], may: ['region', 'password-stdin'], words: [0, 0] },
  invite: { must: ['name', 'role', 'region'], may: ['username'], words: [0, 0] },
  leave: { must: ['username'], may: [], words: [0, 0] },
  backup: { must: [], may: [], words: [1, 1] },
  verify: { must: [], may: [], words: [1, 1] },
  restore: { must: [], may: ['replace'], words: [1, 1] },
  drill: { must: [], may: [], words: [0, 1] },
  metrics: { must: [], may: ['county', 'cause'], words: [1, 1] },
  audit: { must: [], may: ['head'], words: [1, 1] },
  remap: { must: [], may: [], words: [2, 2] },
  erase: { must: [], may: [], words: [2, 2] },
  reseal: { must: [], may: [], words: [0, 0] },
  hold: { must: ['first', 'second'], may: ['until', 'reason'], words: [2, 2] },
  subject: { must: ['first', 'second'], may: ['region', 'records', 'to'], words: [2, 2] },
} as const satisfies Record<
  Order['command'],
  { must: readonly string[]; may: readonly string[]; words: readonly [least: number, most: number] }
>

const WORDS = ['nothing', 'one word', 'two words'] as const

const isCommand = (text: string): text is Order['command'] => Object.hasOwn(SHAPES, text)

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS })
  } catch {
    throw new CannotDo(
      'there is an option that no command knows, or one without its value; see: npm run admin -- help',
    )
  }
}

/** Reads the command line; throws `CannotDo` with what is wrong and how it is called. */
export function readOrder(args: readonly string[]): Order {
  const { values, positionals } = parsed(args)
  const [command = 'help', ...words] = positionals
  if (!isCommand(command)) throw new CannotDo(`there is no command "${command}"; see: npm run admin -- help`)
  const {
    must,
    may,
    words: [least, most],
  } = SHAPES[command]
  const allowed: readonly string[] = [...must, ...may]
  const strange = Object.keys(values).find((one) => !allowed.includes(one))
  if (strange) throw new CannotDo(`"${command}" takes no --${strange}; see: npm run admin -- help`)
  const missing = must.find((one) => !values[one]?.trim())
  if (missing) throw new CannotDo(`"${command}" needs --${missing}; see: npm run admin -- help`)
  if (words.length < least || words.length > most)
    throw new CannotDo(`"${command}" takes ${WORDS[most]} after it; see: npm run admin -- help`)
  const text = (name: Exclude<keyof typeof OPTIONS, 'password-stdin' | 'replace'>) =>
    values[name]?.trim() ?? ''
  const pair = { first: text('first'), second: text('second') }
  switch (command) {
    case 'help':
    case 'reseal':
      return { command }
    case 'county':
      return { command, code: words[0] ?? '' }
    case 'villages':
      return { command, file: words[0] ?? '' }
    case 'first-admin':
      return {
        command,
        name: text('name'),
        username: text('username'),
        region: text('region') || null,
        passwordStdin: values['password-stdin'] === true,
      }
    case 'invite':
      return {
        command,
        name: text('name'),
        role: text('role'),
        region: text('region'),
        username: text('username'),
      }
    case 'leave':
      return { command, username: text('username') }
    case 'backup':
    case 'verify':
      return { command, folder: words[0] ?? '' }
    case 'restore':
      return { command, folder: words[0] ?? '', replace: values.replace === true }
    case 'drill':
      return { command, folder: words[0] ?? null }
    case 'metrics':
      return { command, what: words[0] ?? '', county: text('county') || null, cause: text('cause') || null }
    case 'audit':
      return { command, what: words[0] ?? '', head: text('head') || null }
    case 'remap':
      return { command, from: words[0] ?? '', to: words[1] ?? '' }
    case 'erase':
      return { command, kind: words[0] ?? '', id: words[1] ?? '' }
    case 'hold':
      return {
        command,
        what: words[0] ?? '',
        id: words[1] ?? '',
        until: text('until'),
        reason: text('reason'),
        ...pair,
      }
    case 'subject':
      return {
        command,
        what: words[0] ?? '',
        name: words[1]?.trim() ?? '',
        region: text('region'),
        records: text('records'),
        to: text('to'),
        ...pair,
      }
  }
}
