import { text as readAll } from 'node:stream/consumers'
import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { ROLES, RoleSchema, type Role } from '#domain/access/role.ts'
import { CARD_ROLES, fitsLevel } from '#domain/account/invite.ts'
import { checkPassword, readUsername } from '#domain/account/password.ts'
import { codeOf, prefixOf, RegionPrefixSchema, type RegionPrefix } from '#domain/region/code.ts'
import { beginPost } from '#server/accounts/begin-post.ts'
import { makeCards } from '#server/accounts/cards.ts'
import { mostUsedPasswords } from '#server/accounts/common-passwords.ts'
import { inAccounts, rowOf, rowsOf, today, type AccountsContext } from '#server/accounts/context.ts'
import { keepDesk, makeSetup } from '#server/accounts/desk-setup.ts'
import { endPosts } from '#server/accounts/end-posts.ts'
import { addPerson, regionName } from '#server/accounts/people.ts'
import { refusalOf } from '#server/accounts/refusals.ts'
import type { Tx } from '#server/database/database.ts'
import { CannotDo } from './command-line.ts'

const HOURS = 'It is good for 24 hours and one use.'

function usernameOf(typed: string): string {
  const name = readUsername(typed)
  if (!name.ok)
    throw new CannotDo(
      '--username begins with a small letter and has 3 to 30 letters, digits, dots or dashes.',
    )
  return name.value
}

/** A unit by its prefix or full code, which must be set up. */
async function regionOf(tx: Tx, typed: string): Promise<RegionPrefix> {
  const prefix = /^\d{12}$/.test(typed) ? prefixOf(typed) : typed
  if (!v.is(RegionPrefixSchema, prefix))
    throw new CannotDo(`"${typed.slice(0, 20)}" is not a region code; it has 6, 9 or 12 digits.`)
  const row = await rowOf(tx, sql`SELECT 1 AS yes FROM region WHERE code = ${codeOf(prefix)}`)
  if (!row) throw new CannotDo(`region ${prefix} is not set up; run "county ${prefix.slice(0, 6)}" first.`)
  return prefix
}

/** The only county there is, when none is named. */
async function onlyCounty(tx: Tx): Promise<RegionPrefix> {
  const rows = await rowsOf<{ code: string }>(
    tx,
    sql`SELECT code FROM region WHERE right(code, 6) = '000000' AND substr(code, 5, 2) <> '00'`,
  )
  if (rows.length === 0) throw new CannotDo('no county is set up; run "county CODE" first.')
  if (rows.length > 1) throw new CannotDo('several counties are set up; name one with --region.')
  return (rows[0]?.code ?? '').slice(0, 6)
}

async function refuseTaken(tx: Tx, username: string): Promise<void> {
  if (username !== '' && (await rowOf(tx, sql`SELECT 1 AS yes FROM account WHERE username = ${username}`)))
    throw new CannotDo(`the username ${username} is taken; choose another.`)
}

/** A new person in an office, with the one-time link with which they set their password. */
async function newOfficer(
  tx: Tx,
  context: AccountsContext,
  one: { name: string; username: string; role: Role; region: RegionPrefix },
) {
  await refuseTaken(tx, one.username)
  const person = await addPerson(tx, context, one.name)
  await beginPost(tx, context, null, { person, role: one.role, region: one.region })
  const made = await makeSetup(tx, context, { person, by: null }, one.username)
  if (!made.ok) throw new CannotDo(refusalOf(made.reason).sentence)
  return { person, ...made.value }
}

export interface FirstAdmin {
  name: string
  username: string
  region: string | null
  passwordStdin: boolean
}

/** Creates the first administrator of a county. @returns what to tell the operator */
export async function firstAdmin(
  context: AccountsContext,
  asked: FirstAdmin,
  stdin: NodeJS.ReadableStream,
): Promise<string> {
  const username = usernameOf(asked.username)
  const typed = asked.passwordStdin ? (await readAll(stdin)).replace(/\r?\n$/, '') : null
  const checked = typed === null ? null : checkPassword(typed, [asked.name, username], mostUsedPasswords())
  if (checked && !checked.ok)
    throw new CannotDo(
      `the password will not do (${checked.reason}): at least 12 characters, nothing common, no name or place.`,
    )
  const hash = checked ? await context.hasher.hash(checked.value) : null
  if (hash && !hash.ok) throw new CannotDo('the computer is too busy to hash a password; try again.')
  return inAccounts(context, async (tx) => {
    const region = asked.region === null ? await onlyCounty(tx) : await regionOf(tx, asked.region)
    if (!fitsLevel('administrator', region))
      throw new CannotDo(
        'an administrator is of a prefecture, county or township; name its code with --region.',
      )
    const day = today(context)
    const there = await rowOf(
      tx,
      sql`SELECT 1 AS yes FROM role_grant WHERE role = 'administrator' AND region = ${region} AND (to_day IS NULL OR to_day >= ${day})`,
    )
    if (there) throw new CannotDo(`region ${region} has an administrator already; they can invite others.`)
    const made = await newOfficer(tx, context, { name: asked.name, username, role: 'administrator', region })
    const where = await regionName(tx, region)
    if (!hash)
      return `${where}: the administrator is there. Let them open this once to set password and second factor:\n${made.link}\nor type at ${context.origin}/app/setup: ${made.code}\n${HOURS}`
    const kept = await keepDesk(tx, context, { person: made.person, username, hash: hash.value })
    return `${where}: the administrator is there. Put this into an authenticator:\n${kept.address}\nRecovery codes, each good once; print them and lock them away:\n${kept.recovery.join('\n')}`
  })
}

/** Invites without anybody inside to do it: a link for an office, a card for the field. @returns what to tell the operator */
export async function inviteByOperator(
  context: AccountsContext,
  asked: { name: string; role: string; region: string; username: string },
): Promise<string> {
  const role = v.safeParse(RoleSchema, asked.role)
  if (!role.success)
    throw new CannotDo(
      `there is no role "${asked.role.slice(0, 20)}"; roles are ${RoleSchema.options.join(', ')}.`,
    )
  const username = asked.username === '' ? '' : usernameOf(asked.username)
  return inAccounts(context, async (tx) => {
    const region = await regionOf(tx, asked.region)
    if (!fitsLevel(role.output, region))
      throw new CannotDo(`nobody is ${role.output} of a unit of that level; name another --region.`)
    if (ROLES[role.output].desk) {
      const made = await newOfficer(tx, context, { name: asked.name, username, role: role.output, region })
      return `Let them open this once to set password and second factor:\n${made.link}\nor type at ${context.origin}/app/setup: ${made.code}\n${HOURS}`
    }
    if (!CARD_ROLES.includes(role.output))
      throw new CannotDo(`${role.output} is invited by somebody of the office, face to face.`)
    const made = await makeCards(tx, context, null, [{ name: asked.name, role: role.output, region }])
    if (!made.ok) throw new CannotDo(refusalOf(made.reason).sentence)
    const [card] = made.value
    return `A card for the phone, good for 14 days and one use; somebody of the office confirms the phone afterwards:\n${card?.link}\nor type at ${context.origin}/app/enter: ${card?.typed}`
  })
}

/** Somebody of an office leaves, whom nobody above could send: all their posts end. @returns what to tell the operator */
export async function leaveOffice(context: AccountsContext, typed: string): Promise<string> {
  const username = usernameOf(typed)
  return inAccounts(context, async (tx) => {
    const account = await rowOf<{ person: string }>(
      tx,
      sql`SELECT person FROM account WHERE username = ${username}`,
    )
    const done = account && (await endPosts(tx, context, null, account.person))
    if (!done?.ok) throw new CannotDo(`there is nobody in office with the username ${username}.`)
    return `${username} has left: the posts have ended, the account is closed, and every phone of theirs is told to lock.`
  })
}
