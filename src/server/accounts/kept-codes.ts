import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { cleanCode, FINDER_LENGTH, makeCode, readCode, TYPED_TRIES } from '#domain/account/code.ts'
import type { Id } from '#domain/id.ts'
import type { Tx } from '../database/database.ts'
import { rowOf } from './context.ts'
import { codeHash, type AccountKeys } from './keys.ts'

/** A typed code whose finder no open row of the table uses yet. */
export async function freeTypedCode(tx: Tx, table: 'invitation' | 'card', length: number): Promise<string> {
  for (;;) {
    const typed = makeCode(randomBytes(length), length)
    const finder = typed.slice(0, FINDER_LENGTH)
    const taken = await rowOf(
      tx,
      sql`SELECT 1 AS yes FROM ${sql.identifier(table)} WHERE finder = ${finder} AND state = 'open'`,
    )
    if (!taken) return typed
  }
}

/** Finds an open row by a scanned or typed code. A wrong ending of a typed code is counted; too many close the row. */
export async function findByCode(
  tx: Tx,
  keys: AccountKeys,
  table: 'invitation' | 'card',
  code: string,
  at: number,
): Promise<{ id: Id } | null> {
  const read = readCode(code)
  if (!read.ok || read.value.sort !== table) return null
  const name = sql.identifier(table)
  const hash = codeHash(keys, read.value.code)
  if (!read.value.typed) {
    return rowOf<{ id: Id }>(
      tx,
      sql`SELECT id FROM ${name} WHERE code_hash = ${hash} AND expires_at > ${at} FOR UPDATE`,
    )
  }
  const finder = cleanCode(code).slice(0, FINDER_LENGTH)
  const row = await rowOf<{ id: Id; typed_hash: string }>(
    tx,
    sql`SELECT id, typed_hash FROM ${name} WHERE finder = ${finder} AND expires_at > ${at}
        ORDER BY (typed_hash = ${hash}) DESC, state = 'open' DESC LIMIT 1 FOR UPDATE`,
  )
  if (!row) return null
  if (row.typed_hash === hash) return { id: row.id }
  await tx.execute(sql`
    UPDATE ${name} SET tries = tries + 1, state = CASE WHEN tries + 1 >= ${TYPED_TRIES[table]} THEN 'voided' ELSE state END
    WHERE id = ${row.id} AND state = 'open'`)
  return null
}
