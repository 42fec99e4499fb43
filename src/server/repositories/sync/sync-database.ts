import type { Database, ReadTx, Tx } from '../../database/database.ts'
import { retrying } from '../../database/failures.ts'
import { readAs, readSettings } from '../../database/read-settings.ts'
import { record as audit } from '../audit.ts'
import type { PullTables, PushTables, SyncDatabase } from './tables.ts'
import { devicesOf, holdHistory, lockDevices, noteDevices } from './devices.ts'
import {
  keepRefused,
  moveRecords,
  remark,
  settleLosses,
  writeDigest,
  writeExits,
  writeLosses,
  writeRecords,
  writeRollup,
} from './effects.ts'
import { answersOf, digestOf, feedOf, headsOf, listOf, moreOf, rowsOf } from './feed.ts'
import { beginHistory, historyOf } from './history.ts'
import { claim, decideReceipts, packedReceipts, receipts, unclaim } from './receipts.ts'
import {
  homesOf,
  ledgersOf,
  leftOf,
  lockBelonging,
  lockRecords,
  lockVillage,
  regionsOf,
  reserve,
  setHomes,
  widen,
} from './records.ts'

/** The statements of a push, each on the innermost savepoint that is open. */
function pushTables(outer: Tx): PushTables {
  let tx = outer
  let isHeld = false
  return {
    lockDevices(devices) {
      isHeld = true
      return lockDevices(tx, devices)
    },
    devicesOf: (devices) => devicesOf(tx, devices),
    noteDevices: (rows, at) => noteDevices(tx, rows, at),
    async history(counties, told) {
      if (!isHeld) await holdHistory(tx)
      isHeld = true
      return historyOf(tx, counties, told)
    },
    claim: (county, claims, at) => claim(tx, county, claims, at),
    receipts: (county, names) => receipts(tx, county, names),
    packedReceipts: (county, names) => packedReceipts(tx, county, names),
    decideReceipts: (county, rows) => decideReceipts(tx, county, rows),
    unclaim: (county, names) => unclaim(tx, county, names),
    homes: (ids) => homesOf(tx, ids),
    setHomes: (rows) => setHomes(tx, rows),
    ledgers: () => ledgersOf(tx),
    regions: (codes) => regionsOf(tx, codes),
    widen: (counties) => widen(tx, counties),
    lockRecords: (county, keys) => lockRecords(tx, county, keys),
    lockBelonging: (county, ids) => lockBelonging(tx, county, ids),
    left: (county, keys) => leftOf(tx, county, keys),
    lockVillage: (county, region, limit) => lockVillage(tx, county, region, limit),
    reserve: (county, gen, places) => reserve(tx, county, gen, places),
    writeRecords: (county, rows, at) => writeRecords(tx, county, rows, at),
    moveRecords: (from, to, rows) => moveRecords(tx, from, to, rows),
    writeExits: (county, rows, at) => writeExits(tx, county, rows, at),
    writeLosses: (county, rows, at) => writeLosses(tx, county, rows, at),
    settleLosses: (county, rows) => settleLosses(tx, county, rows),
    writeRollup: (county, rows) => writeRollup(tx, county, rows),
    writeDigest: (county, rows) => writeDigest(tx, county, rows),
    keepRefused: (county, rows, at) => keepRefused(tx, county, rows, at),
    remark: (county, rows, at) => remark(tx, county, rows, at),
    audit: (at, events) => audit(tx, at, ...events),
    async savepoint(work) {
      const before = tx
      try {
        return await before.transaction((inner) => {
          tx = inner
          return work()
        })
      } finally {
        tx = before
      }
    },
  }
}

const pullTables = (tx: ReadTx): PullTables => ({
  epoch: async () => (await headsOf(tx, [])).epoch,
  feed: (county, after, limit) => feedOf(tx, county, after, limit),
  digest: (county) => digestOf(tx, county),
  more: (county) => moreOf(tx, county),
  list: (county, region) => listOf(tx, county, region),
  rows: (county, keys) => rowsOf(tx, county, keys),
  answers: (county, after) => answersOf(tx, county, after),
  audit: (at, events) => audit(tx, at, ...events),
})

/** The sync service's database in SQL: pushes as `sync`, limited to their counties and devices; pulls as `app`, through the view that guards every read. */
export const sqlSyncDatabase = (database: Database): SyncDatabase => ({
  push: ({ counties, devices }, work) =>
    retrying(() =>
      database.as('sync', { county: counties.join(','), device: devices.join(',') }, (tx) =>
        work(pushTables(tx)),
      ),
    ),
  pull: ({ rights, day }, work) =>
    retrying(() =>
      readAs(database, readSettings(rights, day), (tx) => work(pullTables(tx)), {
        isolation: 'repeatable read',
      }),
    ),
  heads: (counties) => database.as('app', {}, (tx) => headsOf(tx, counties)),
  beginHistory: (promised) => retrying(() => database.as('sync', {}, (tx) => beginHistory(tx, promised))),
})
