import { createHmac, timingSafeEqual } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { normalisePassword, readUsername } from '#domain/account/password.ts'
import type { Id } from '#domain/id.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { Tx } from '../database/database.ts'
import { writeEvent } from './audit.ts'
import { inAccounts, rowOf, textArray, today, type AccountsContext } from './context.ts'
import { enterDevice } from './devices.ts'
import { countTry, forgive, guardKey } from './guard.ts'
import { appointmentsOf, holdsDesk } from './people.ts'
import { recoveryIndex, resealedSeed, stepOf } from './second-factor.ts'
import { openSession, type SessionFound } from './sessions.ts'

export interface LoginTry {
  username: string
  password: string
  code: string
  /** The number this browser already had, as its database says. */
  device: number | null
  /** The proof this browser carries of having been let in before; null: none. */
  known: string | null
}

export interface LoggedIn {
  person: Id
  device: number
  token: string
  /** To be carried by this browser from now on. */
  known: string
}

/** `wrong` says nothing about which part was; `wait` carries milliseconds. */
export type LoginAnswer = Result<LoggedIn, 'wrong' | 'busy'> | { ok: false; reason: 'wait'; waitMs: number }

interface AccountRow extends Record<string, unknown> {
  id: Id
  person: Id
  password: string | null
  seed: string | null
  last_step: number
  recovery: string[]
  state: string
  demo: boolean
}

/** What a browser carries: its device number and an HMAC that binds it to one account. */
const knownFor = (context: AccountsContext, device: number, account: Id): string =>
  `${device}.${createHmac('sha256', context.keys.codes).update(`desk ${device} ${account}`).digest('base64url')}`

function knownDevice(context: AccountsContext, known: string | null, account: Id | null): number | null {
  if (known === null || account === null) return null
  const device = Number(known.split('.')[0])
  if (!Number.isSafeInteger(device) || device < 1) return null
  const expected = Buffer.from(knownFor(context, device, account))
  const shown = Buffer.from(known)
  return shown.length === expected.length && timingSafeEqual(shown, expected) ? device : null
}

const findAccount = (tx: Tx, username: string): Promise<AccountRow | null> =>
  rowOf<AccountRow>(
    tx,
    sql`SELECT id, person, password, seed, last_step, recovery, state, demo FROM account WHERE username = ${username}`,
  )

/**
 * Lets somebody in at a desk: name, password and second factor in one question with one answer, the same for a name nobody
 * has, in the same time (TR-18, TR-19).
 */
export async function logIn(context: AccountsContext, asked: LoginTry): Promise<LoginAnswer> {
  const name = readUsername(asked.username)
  const username = name.ok ? name.value : asked.username.slice(0, 60)
  const counted = await inAccounts(context, async (tx) => {
    const account = await findAccount(tx, username)
    const key = guardKey(context, username, knownDevice(context, asked.known, account?.id ?? null))
    return { account, key, ...(await countTry(tx, context, key)) }
  })
  if (counted.wait > 0) return { ok: false, reason: 'wait', waitMs: counted.wait }
  const right = await context.hasher.verify(
    counted.account?.password ?? null,
    normalisePassword(asked.password),
  )
  if (!right.ok) return right
  const renewed =
    right.value === 'former' ? await context.hasher.hash(normalisePassword(asked.password)) : null
  return inAccounts(context, async (tx) => {
    const account = right.value === 'no' ? null : await findAccount(tx, username)
    const entered = account ? await letIn(tx, context, account, asked) : null
    if (entered && account && renewed?.ok) await renew(tx, context, account, renewed.value)
    await writeEvent(tx, context.now(), {
      action: 'login',
      actor: counted.account?.person ?? null,
      device: entered?.device ?? null,
      outcome: entered ? 'ok' : 'refused',
    })
    if (!entered) return refuse('wrong')
    await forgive(tx, counted.key)
    return accept(entered)
  })
}

/** What was kept under a secret of before is kept under the one of now, so that the old one can be let go of. */
async function renew(tx: Tx, { keys }: AccountsContext, account: AccountRow, password: string) {
  const seed = account.seed === null ? null : resealedSeed(keys, account.seed)
  await tx.execute(sql`UPDATE account SET password = ${password}, seed = ${seed} WHERE id = ${account.id}`)
}

async function letIn(
  tx: Tx,
  context: AccountsContext,
  account: AccountRow,
  asked: LoginTry,
): Promise<LoggedIn | null> {
  if (account.state !== 'active' || (account.demo && !context.demo)) return null
  if (!holdsDesk(await appointmentsOf(tx, account.person), today(context))) return null
  if (!(await spendFactor(tx, context, account, asked.code))) return null
  const device = await enterDevice(tx, context, {
    person: account.person,
    sort: 'desk',
    state: 'confirmed',
    publicKey: null,
    known: asked.device,
  })
  const at = context.now()
  const token = await openSession(tx, at, { person: account.person, device, sort: 'desk', provedAt: at })
  return { person: account.person, device, token, known: knownFor(context, device, account.id) }
}

export type ProofRefusal = 'no-factor' | 'totp-wrong'

/**
 * Shows a second factor once more in a session that is open already, for what is done within the next minutes.
 * @returns `wait` with milliseconds when too many were wrong
 */
export async function proveAgain(
  tx: Tx,
  context: AccountsContext,
  session: SessionFound,
  code: string,
): Promise<Result<true, ProofRefusal> | { ok: false; reason: 'wait'; waitMs: number }> {
  const account = await rowOf<AccountRow>(
    tx,
    sql`SELECT id, person, password, seed, last_step, recovery, state, demo FROM account WHERE person = ${session.person} FOR UPDATE`,
  )
  if (!account?.seed) return refuse('no-factor')
  const key = guardKey(context, `proof ${session.person}`, session.device)
  const { wait } = await countTry(tx, context, key)
  if (wait > 0) return { ok: false, reason: 'wait', waitMs: wait }
  const isRight = await spendFactor(tx, context, account, code)
  await writeEvent(tx, context.now(), {
    action: 'session.prove',
    actor: session.person,
    device: session.device,
    outcome: isRight ? 'ok' : 'refused',
  })
  if (!isRight) return refuse('totp-wrong')
  await tx.execute(sql`UPDATE session SET proved_at = ${context.now()} WHERE id = ${session.id}`)
  await forgive(tx, key)
  return accept(true)
}

/** Accepts a second factor once: the row is only changed if nobody used that step or code meanwhile. */
async function spendFactor(
  tx: Tx,
  context: AccountsContext,
  account: AccountRow,
  typed: string,
): Promise<boolean> {
  if (account.seed === null) return false
  const step = stepOf(context.keys, account.seed, typed, context.now(), account.last_step)
  if (step !== null) {
    const spent = await rowOf(
      tx,
      sql`UPDATE account SET last_step = ${step} WHERE id = ${account.id} AND last_step < ${step} RETURNING id`,
    )
    return spent !== null
  }
  const place = recoveryIndex(context.keys, account.recovery, typed)
  if (place < 0) return false
  const rest = account.recovery.filter((_, i) => i !== place)
  const spent = await rowOf(
    tx,
    sql`UPDATE account SET recovery = ${textArray(rest)}
        WHERE id = ${account.id} AND recovery = ${textArray(account.recovery)} RETURNING id`,
  )
  if (spent === null) return false
  await writeEvent(tx, context.now(), { action: 'recovery.use', actor: account.person, outcome: 'ok' })
  return true
}
