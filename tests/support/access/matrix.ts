import type { Ask, Came } from './ask.ts'
import { CANARIES, holdsPost, isKnown, type Actor } from './cast.ts'
import { REACH } from './reach.ts'
import { ruleFor, type Who } from './rules.ts'
import { makeThing, type Thing } from './things.ts'
import type { AccessWorld } from './world.ts'

/** How somebody is answered. `alike`: as nobody is. */
type Answered = 'yes' | 'alike' | 'who are you' | 'not your office' | 'as if not there'

export interface Cell {
  operation: string
  actor: string
  /** '' for what is only about who asks. */
  thing: string
  /** Whether the thing is there. */
  exists: boolean
  want: Answered
  got: string
  leaks: string[]
}

const mayAsk = (actor: Actor, who: Who): boolean =>
  who === 'anyone' ||
  (who === 'signed-in' && isKnown(actor)) ||
  (Array.isArray(who) && holdsPost(actor) && (who as readonly string[]).includes(actor.role ?? ''))

/** An operation and which part of it. */
export const operationOf = (ask: Ask): string =>
  ask.part === undefined ? ask.operation : `${ask.operation} ${ask.part}`

/** What the rules say. Giving a post away is an office's own act: who may not is told so. */
export function wanted(ask: Ask, actor: Actor, thing: Thing | null): Answered {
  const { who, about } = ruleFor(operationOf(ask))
  if (who === 'anyone') return 'alike'
  if (!isKnown(actor) || who === 'no session') return 'who are you'
  if (!mayAsk(actor, who)) return 'not your office'
  if (!thing || REACH[about](actor, thing)) return 'yes'
  return about === 'a post they may give' ? 'not your office' : 'as if not there'
}

const NOTHING = makeThing('')
const plain = ({ status, text }: Came) => ({ got: status >= 200 && status < 400, rest: `${status} ${text}` })
const readOf = (ask: Ask, came: Came, thing: Thing | null) =>
  ask.read && came.status === 200 ? ask.read(came, thing ?? NOTHING) : plain(came)

function heard(
  ask: Ask,
  came: Came,
  thing: Thing | null,
  other: { missing: Came | null; nobody: Came | null },
): string {
  if (other.nobody)
    return came.status === other.nobody.status && came.status < 500 ? 'alike' : `${came.status}`
  if (came.status === 401) return 'who are you'
  if (came.status === 403) return 'not your office'
  const { got, rest } = readOf(ask, came, thing)
  if (got) return 'yes'
  const isMissing = [200, 404, 410].includes(came.status)
  const same =
    isMissing && other.missing !== null && readOf(ask, other.missing, ask.missing ?? null).rest === rest
  return same ? 'as if not there' : `${came.status} ${came.text.slice(0, 120)}`
}

/** Who may meet which canary again: asked by the canaries of an answer. */
export type MayMeet = (actor: Actor, canary: string) => boolean

export interface Matrix {
  world: AccessWorld
  mayMeet: MayMeet
  known: ReadonlySet<string>
}

const canariesIn = (text: string, known: ReadonlySet<string>): string[] => [
  ...new Set((text.match(CANARIES) ?? []).filter((one) => known.has(one))),
]

/** Headers carry some texts in percent signs. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

async function send({ world, mayMeet, known }: Matrix, ask: Ask, actor: Actor, thing: Thing) {
  world.log.length = 0
  const answer = await world.send(actor, ask.send(actor, thing))
  const came: Came = { status: answer.statusCode, text: answer.body }
  const shown = canariesIn(`${answer.body}\n${decoded(JSON.stringify(answer.headers))}`, known)
  const leaks = shown.filter((one) => !mayMeet(actor, one)).map((one) => `answer: ${one}`)
  for (const one of canariesIn(world.log.join(''), known)) leaks.push(`log: ${one}`)
  return { came, leaks }
}

type Sent = Awaited<ReturnType<typeof send>>

/** What a thing that is not there is answered to those who may ask at all. */
async function answersAboutMissing(matrix: Matrix, ask: Ask): Promise<Map<string, Sent>> {
  const answers = new Map<string, Sent>()
  if (!ask.missing) return answers
  const { who } = ruleFor(operationOf(ask))
  for (const actor of matrix.world.actors)
    if (mayAsk(actor, who)) answers.set(actor.name, await send(matrix, ask, actor, ask.missing))
  return answers
}

interface Others {
  missing: Map<string, Sent>
  nobody: Came | null
}

async function cell(
  matrix: Matrix,
  ask: Ask,
  actor: Actor,
  thing: Thing | null,
  others: Others,
): Promise<Cell> {
  const missing = others.missing.get(actor.name) ?? null
  const asked = thing === ask.missing ? missing : null
  const { came, leaks } = asked ?? (await send(matrix, ask, actor, thing ?? NOTHING))
  const got = heard(ask, came, thing, { missing: missing?.came ?? null, nobody: others.nobody })
  if ((came.status < 400 || thing === null) && ask.mend) await ask.mend(thing ?? NOTHING, actor)
  return {
    operation: operationOf(ask),
    actor: actor.name,
    thing: thing?.name ?? '',
    exists: thing?.exists ?? true,
    want: wanted(ask, actor, thing),
    got,
    leaks: [...leaks],
  }
}

/** All cells of one thing: those who may not first, and nothing has changed after them. */
async function row(
  matrix: Matrix,
  ask: Ask,
  thing: Thing | null,
  missing: Map<string, Sent>,
): Promise<Cell[]> {
  const { actors } = matrix.world
  const isOpen = ruleFor(operationOf(ask)).who === 'anyone'
  const nobody = isOpen ? (await send(matrix, ask, actors[0] as Actor, thing ?? NOTHING)).came : null
  const may = (actor: Actor) => ['yes', 'alike'].includes(wanted(ask, actor, thing))
  const look = async () => (thing && ask.look ? JSON.stringify(await ask.look(thing)) : '')
  const cells: Cell[] = []
  if (thing?.exists) await ask.ready?.(thing)
  const before = await look()
  for (const actor of actors.filter((one) => !may(one)))
    cells.push(await cell(matrix, ask, actor, thing, { missing, nobody }))
  const after = await look()
  if (before !== after) for (const one of cells) one.leaks.push(`one of these changed it: ${before} ${after}`)
  for (const actor of actors.filter(may))
    cells.push(await cell(matrix, ask, actor, thing, { missing, nobody }))
  return cells
}

/** Every actor asks about every thing of one operation. */
export async function cellsOf(matrix: Matrix, ask: Ask): Promise<Cell[]> {
  const missing = await answersAboutMissing(matrix, ask)
  const gone: readonly Thing[] = ask.missing && ask.things ? [ask.missing] : []
  const cells: Cell[] = []
  for (const thing of ask.things ? [...ask.things, ...gone] : [null])
    cells.push(...(await row(matrix, ask, thing, missing)))
  return cells
}
