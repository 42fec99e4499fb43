import type { Id } from '#domain/id.ts'
import { makeId } from '#domain/id.ts'
import type { FieldKey } from '#domain/privacy/id-number.ts'
import type { Me } from '#sync/protocol/wire.ts'
import { META, type MetaRow } from '../database/rows.ts'
import type { Lost, ReadTable, VaultTables } from '../database/tables.ts'
import type { Notes } from '../notes.ts'
import type { PhonePorts } from '../ports.ts'
import type { Read } from './plan.ts'
import type { Budget } from '../storage/budget.ts'
import { boundTo, openJsonAgain, sealJson, type Sealer } from '../seal/box.ts'

/** The installation as the server numbers it. */
export interface Identity {
  device: number
  /** Numbers this installation had before, each with the first op number that was no longer its own. */
  former: { device: number; below: number }[]
}

/** What the engine has learned of the server. */
export interface SyncFacts {
  epoch: string | null
  scopeRev: number
  /** Last eight readings of (server − wall), ms. */
  offsets: number[]
  /** Median of them; 0 while unknown. */
  offset: number
  /** Wall time of the last whole answer, epoch ms; null: never. */
  lastAt: number | null
  /** What the server promised last, as it signed it; absent: nothing yet. */
  proof?: string
  /** When ops that stood aside were offered again last (wall, epoch ms), and the server's version then. */
  retried?: { at: number; server: string }
  /** Moment (server time, epoch ms) before which a verified backup of the server's covers everything; absent or 0: none does. */
  ringSafe?: number
  /** What identity numbers are sealed to; absent: no server has named one yet. */
  fieldKey?: FieldKey
}

export const NO_SYNC: SyncFacts = { epoch: null, scopeRev: 0, offsets: [], offset: 0, lastAt: null }

/** One open vault: its tables, its sealer, and what every part of the notebook needs to know. */
export interface Context {
  vault: string
  tables: VaultTables
  /** How much this phone keeps and may keep. */
  budget: Budget
  /** Why the database is closed for good; null: it is not. */
  lost: Lost | null
  sealer: Sealer
  ports: PhonePorts
  notes: Notes
  me: Me | null
  identity: Identity | null
  sync: SyncFacts
  /** What this tab's last save left behind; null: not known, read it. */
  last: Read | null
}

const boxed = async <T>(ctx: Pick<Context, 'sealer'>, row: MetaRow | undefined): Promise<T | null> =>
  row?.box ? openJsonAgain<T>(ctx.sealer, boundTo('meta', row.name), row.box) : null

/** Seals a value as a row of `meta`. */
export const metaBox = async (
  ctx: Pick<Context, 'sealer'>,
  name: string,
  value: unknown,
): Promise<MetaRow> => ({
  name,
  box: await sealJson(ctx.sealer, boundTo('meta', name), value),
})

/** The rows that say who is enrolled and what is known of the server. */
export const factRows = (meta: ReadTable<'meta'>): Promise<(MetaRow | undefined)[]> =>
  meta.getMany([META.me, META.identity, META.sync])

/** What those rows say. */
export async function factsFrom(
  ctx: Pick<Context, 'sealer'>,
  [me, identity, sync]: readonly (MetaRow | undefined)[],
): Promise<Pick<Context, 'me' | 'identity' | 'sync'>> {
  return {
    me: await boxed<Me>(ctx, me),
    identity: await boxed<Identity>(ctx, identity),
    sync: (await boxed<SyncFacts>(ctx, sync)) ?? NO_SYNC,
  }
}

/** Reads who is enrolled and what is known of the server. */
export const readFacts = async (
  ctx: Pick<Context, 'sealer' | 'tables'>,
): Promise<Pick<Context, 'me' | 'identity' | 'sync'>> =>
  factsFrom(ctx, await ctx.tables.read(['meta'], ({ meta }) => factRows(meta)))

/** A new id, made here and now. */
export const newId = (ports: Pick<PhonePorts, 'clock' | 'crypto'>): Id =>
  makeId(ports.clock.now(), ports.crypto.getRandomValues(new Uint8Array(10)))
