import * as v from 'valibot'
import { IdSchema } from '#domain/id.ts'
import { erase } from '#server/backup/erase.ts'
import { keepErased, listFolders, listKey } from '#server/backup/erased-list.ts'
import type { Config } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import { dayOf } from '#domain/time/day.ts'
import { heldAmong } from '#server/repositories/privacy/holds.ts'
import { recordsWithId, type Erasure } from '#server/repositories/backup/erasures.ts'
import { secretOf } from '#server/secret.ts'
import { record as audit } from '#server/repositories/audit.ts'
import { CannotDo } from './command-line.ts'

/** Refuses what is no record's number, before a database is opened. */
export function refuseId(id: string): void {
  if (!v.safeParse(IdSchema, id).success)
    throw new CannotDo(`"${id.slice(0, 40)}" is not a record's number.`, 'bad-id')
}

/**
 * Empties a record for good and writes its number into the lists that lie beside database and backups, so that neither brings it back.
 * @returns what was done
 */
export async function eraseRecord(
  config: Config,
  database: Database,
  kind: string,
  id: string,
): Promise<string> {
  const now = Date.now()
  const one = await database.as('owner', {}, async (tx): Promise<Erasure> => {
    const there = (await recordsWithId(tx, [id])).find((row) => row.kind === kind)
    if (!there)
      throw new CannotDo(`there is no record ${kind.slice(0, 40)} ${id}; nothing was changed.`, 'no-record')
    const held = await heldAmong(tx, there.county, [id], dayOf(now))
    if (held.size > 0)
      throw new CannotDo(
        'a hold keeps this record; two people of the office can lift it: npm run admin -- hold lift.',
        'held',
      )
    const erasure = { kind, id, region: there.region, at: new Date(now).toISOString() }
    // Before the record is empty: a list that names too much can be seen, one that names too little cannot.
    for (const folder of listFolders(config)) await keepErased(folder, [erasure], listKey(secretOf(config)))
    await erase(tx, [erasure], new Date(now))
    await audit(tx, now, {
      actor: null,
      role: 'operator',
      action: 'record.erase',
      object: { kind, id },
      region: there.region,
    })
    return erasure
  })
  return `the record is empty for good, here and in every restore that finds the list ${listFolders(config)
    .map((folder) => `${folder}/erased.ndjson`)
    .join(' or ')} (${one.at}).`
}
