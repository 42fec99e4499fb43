import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { cleanCode, groupCode, makeCode, SETUP_LENGTH } from '#domain/account/code.ts'
import { checkPassword, readUsername, type PasswordRefusal } from '#domain/account/password.ts'
import type { Id } from '#domain/id.ts'
import { codeOf } from '#domain/region/code.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { Tx } from '../database/database.ts'
import { sqlStateOf } from '../database/failures.ts'
import { writeEvent } from './audit.ts'
import { mostUsedPasswords } from './common-passwords.ts'
import { inAccounts, rowOf, textArray, today, type AccountsContext } from './context.ts'
import { codeHash } from './keys.ts'
import { appointmentsOf, holdsDesk, regionNames } from './people.ts'
import { factorOf, newRecoveryCodes, newSecondFactor, seedIn, stepOf } from './second-factor.ts'

const SETUP_MS = 24 * 60 * 60_000

export interface SetupMade {
  /** Grouped for reading. */
  code: string
  link: string
  expiresAt: number
}

/**
 * A one-time code with which this person, and nobody else, chooses the own desk password. Good for a day; older ones end.
 * @param by null: the operator at the command line
 */
export async function makeSetup(
  tx: Tx,
  context: AccountsContext,
  { person, by }: { person: Id; by: Id | null },
  username: string,
): Promise<Result<SetupMade, 'no-desk'>> {
  const held = await appointmentsOf(tx, person)
  if (!holdsDesk(held, today(context))) return refuse('no-desk')
  const at = context.now()
  const code = makeCode(randomBytes(SETUP_LENGTH), SETUP_LENGTH)
  const factor = newSecondFactor(context.keys, username)
  await tx.execute(sql`DELETE FROM desk_setup WHERE person = ${person} OR expires_at <= ${at}`)
  await tx.execute(sql`
    INSERT INTO desk_setup (code_hash, person, username, seed, expires_at)
    VALUES (${codeHash(context.keys, code)}, ${person}, ${username}, ${factor.sealed}, ${at + SETUP_MS})`)
  await writeEvent(tx, at, {
    action: 'desk.reset',
    actor: by,
    objectId: person,
    region: held[0]?.region ?? '',
    outcome: 'ok',
  })
  return accept({
    code: groupCode(code),
    link: `${context.origin}/app/setup#${code}`,
    expiresAt: at + SETUP_MS,
  })
}

/** Whether somebody has a second factor already. */
export const hasFactor = async (tx: Tx, person: Id): Promise<boolean> =>
  (await rowOf(tx, sql`SELECT 1 AS yes FROM account WHERE person = ${person} AND seed IS NOT NULL`)) !== null

interface SetupRow extends Record<string, unknown> {
  person: Id
  name: string
  username: string
  seed: string
}

const findSetup = (tx: Tx, context: AccountsContext, code: string): Promise<SetupRow | null> =>
  rowOf<SetupRow>(
    tx,
    sql`SELECT s.person, p.name, s.username, s.seed FROM desk_setup s JOIN person p ON p.id = s.person
        WHERE s.code_hash = ${codeHash(context.keys, cleanCode(code))} AND s.used_at IS NULL AND s.expires_at > ${context.now()}
        FOR UPDATE OF s`,
  )

/** Whose desk it will be, and what to put into the authenticator. Changes nothing. */
export async function lookAtSetup(tx: Tx, context: AccountsContext, code: string) {
  const row = await findSetup(tx, context, code)
  if (!row) return refuse('code-gone')
  const { address, secret } = factorOf(seedIn(context.keys, row.seed), row.username || row.name)
  return accept({ name: row.name, username: row.username, address, secret })
}

export interface SetupFinish {
  code: string
  username: string
  password: string
  totp: string
}

export type SetupRefusal =
  | 'code-gone'
  | 'username-malformed'
  | 'username-taken'
  | 'totp-wrong'
  | 'busy'
  | PasswordRefusal

/** Sets name, password and second factor together, after the authenticator has proved it works; gives the recovery codes once. */
export async function finishSetup(
  context: AccountsContext,
  asked: SetupFinish,
): Promise<Result<string[], SetupRefusal>> {
  const checked = await inAccounts(context, (tx) => checkSetup(tx, context, asked))
  if (!checked.ok) return checked
  const hash = await context.hasher.hash(checked.value.password)
  if (!hash.ok) return hash
  try {
    return await inAccounts(context, (tx) =>
      keepSetup(tx, context, { ...asked, ...checked.value, hash: hash.value }),
    )
  } catch (error) {
    if (sqlStateOf(error) === '23505') return refuse('username-taken')
    throw error
  }
}

async function checkSetup(tx: Tx, context: AccountsContext, asked: SetupFinish) {
  const row = await findSetup(tx, context, asked.code)
  if (!row) return refuse('code-gone')
  const username = readUsername(asked.username)
  if (!username.ok) return refuse('username-malformed')
  const held = await appointmentsOf(tx, row.person)
  const names = await regionNames(
    tx,
    held.map((one) => codeOf(one.region)),
  )
  const places = [...names.values()].flatMap((one) => [one.name, one.short])
  const password = checkPassword(asked.password, [row.name, username.value, ...places], mostUsedPasswords())
  if (!password.ok) return password
  const step = stepOf(context.keys, row.seed, asked.totp, context.now(), 0)
  if (step === null) {
    await writeEvent(tx, context.now(), {
      action: 'desk.setup',
      actor: row.person,
      outcome: 'refused',
      reason: 'totp-wrong',
    })
    return refuse('totp-wrong')
  }
  const taken = await rowOf(
    tx,
    sql`SELECT 1 AS yes FROM account WHERE username = ${username.value} AND person <> ${row.person}`,
  )
  if (taken) return refuse('username-taken')
  return accept({ username: username.value, password: password.value, step })
}

async function keepSetup(
  tx: Tx,
  context: AccountsContext,
  one: { code: string; username: string; hash: string; step: number },
): Promise<Result<string[], SetupRefusal>> {
  const row = await findSetup(tx, context, one.code)
  if (!row) return refuse('code-gone')
  const kept = await writeDesk(tx, context, { ...one, person: row.person, seed: row.seed })
  return accept(kept)
}

/** Writes a whole desk login at once, and ends whoever sat at a desk under the old one. @returns the recovery codes to show */
async function writeDesk(
  tx: Tx,
  context: AccountsContext,
  one: { person: Id; username: string; hash: string; seed: string; step: number },
): Promise<string[]> {
  const at = context.now()
  const recovery = newRecoveryCodes(context.keys)
  await tx.execute(sql`
    UPDATE account SET username = ${one.username}, password = ${one.hash}, seed = ${one.seed}, last_step = ${one.step},
           recovery = ${textArray(recovery.hashes)} WHERE person = ${one.person}`)
  await tx.execute(sql`UPDATE desk_setup SET used_at = ${at}, seed = '' WHERE person = ${one.person}`)
  await tx.execute(sql`
    UPDATE session SET ended_at = ${at}, ended_for = 'replaced'
    WHERE person = ${one.person} AND sort = 'desk' AND ended_at IS NULL`)
  await writeEvent(tx, at, { action: 'desk.setup', actor: one.person, outcome: 'ok' })
  return recovery.shown
}

/**
 * A desk login whose password was given at the command line. @param one `hash` of a password that `checkPassword` accepted
 * @returns the authenticator's address and the recovery codes, both shown once
 */
export async function keepDesk(
  tx: Tx,
  context: AccountsContext,
  one: { person: Id; username: string; hash: string },
): Promise<{ address: string; recovery: string[] }> {
  const factor = newSecondFactor(context.keys, one.username)
  const recovery = await writeDesk(tx, context, { ...one, seed: factor.sealed, step: 0 })
  return { address: factor.address, recovery }
}
