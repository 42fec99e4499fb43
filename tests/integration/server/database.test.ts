import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { onBothDatabases } from '#tests/support/databases.ts'

onBothDatabases('The database port', (open, kind) => {
  it('opens', async () => {
    const t = Date.now()
    const db = await open()
    console.log(kind, Date.now() - t)
    const { rows } = await db.as('app', {}, (tx) =>
      tx.execute(sql`SELECT current_user::text AS who, (SELECT count(*) FROM record_seen) AS n`),
    )
    expect(rows).toEqual([{ who: 'mb_app', n: 0 }])
    const t2 = Date.now()
    await open()
    console.log(kind, Date.now() - t2)
  })
})
