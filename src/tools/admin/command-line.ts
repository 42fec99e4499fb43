import { parseArgs } from 'node:util'

/** The operator asked for something that cannot be done; one sentence, non-zero exit, nothing changed. */
export class CannotDo extends Error {
  override readonly name = 'CannotDo'
}

export const USAGE = `npm run admin -- <command>

  county CODE                          sets up a county and its townships by its six-digit code
  villages FILE.csv                    sets up villages: columns code,name or township,name (UTF-8)
  first-admin --name N --username U [--region CODE] [--password-stdin]
                                       the first administrator; prints a one-time link to set the password in the browser
  invite --name N --role R --region CODE [--username U]
                                       an office role gets a one-time link, a mediator or understander a card's code
  help                                 this page

The database is the one the server uses: MINGBAI_DATA or DATABASE_URL, with the same MINGBAI_SECRET.
`

export type Order =
  | { command: 'help' }
  | { command: 'county'; code: string }
  | { command: 'villages'; file: string }
  | { command: 'first-admin'; name: string; username: string; region: string | null; passwordStdin: boolean }
  | { command: 'invite'; name: string; role: string; region: string; username: string }

const OPTIONS = {
  name: { type: 'string' },
  username: { type: 'string' },
  region: { type: 'string' },
  role: { type: 'string' },
  'password-stdin': { type: 'boolean' },
} as const

/** What each command takes besides its name: options it must have, may have, and how many words follow. */
const SHAPES = {
  help: { must: [], may: [], words: 0 },
  county: { must: [], may: [], words: 1 },
  villages: { must: [], may: [], words: 1 },
  'first-admin': { must: ['name', 'username'], may: ['region', 'password-stdin'], words: 0 },
  invite: { must: ['name', 'role', 'region'], may: ['username'], words: 0 },
} as const satisfies Record<
  Order['command'],
  { must: readonly string[]; may: readonly string[]; words: number }
>

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
  const { must, may, words: count } = SHAPES[command]
  const allowed: readonly string[] = [...must, ...may]
  const strange = Object.keys(values).find((one) => !allowed.includes(one))
  if (strange) throw new CannotDo(`"${command}" takes no --${strange}; see: npm run admin -- help`)
  const missing = must.find((one) => !values[one]?.trim())
  if (missing) throw new CannotDo(`"${command}" needs --${missing}; see: npm run admin -- help`)
  if (words.length !== count)
    throw new CannotDo(
      `"${command}" takes ${count === 0 ? 'nothing' : 'one word'} after it; see: npm run admin -- help`,
    )
  const text = (name: 'name' | 'username' | 'region' | 'role') => values[name]?.trim() ?? ''
  switch (command) {
    case 'help':
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
  }
}
