import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '#server/database/database.ts'
import { openTestDatabase } from '#tests/support/databases.ts'
import { INERT, REFUSED } from '#tests/support/hostile-files.ts'
import { COUNTY, grantsOf, ServerWorld, VILLAGE, type Phone } from '#tests/support/server-world.ts'
import { addOp, UploadClient } from '#tests/support/upload-client.ts'

describe(
  '[embedded] Files that mean harm, handed in by a phone that is not ours',
  { timeout: 120_000 },
  () => {
    let database: Database
    let folder: string
    let world: ServerWorld
    let phone: Phone
    let client: UploadClient
    beforeAll(async () => {
      database = await openTestDatabase('embedded')
      folder = mkdtempSync(join(tmpdir(), 'mb-hostile-'))
      world = await ServerWorld.open(database, [], { MINGBAI_FILES: folder })
      phone = await world.phone(grantsOf('mediator', VILLAGE))
      client = await UploadClient.over(world.app, phone)
    })
    afterAll(async () => {
      await world.app.close()
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    })

    type File = (typeof REFUSED)[number]
    async function handIn([, mime, bytes]: File): Promise<{ id: string; status: number; state: unknown }> {
      const op = addOp(phone, bytes, { mime })
      const { acks } = await world.push(phone, [op])
      if (acks[0]?.[1] !== 'ok') return { id: op.id, status: 0, state: acks[0]?.[1] }
      await client.begin(op.id, bytes)
      const answer = await client.append(client.upload(bytes), 0, bytes)
      const { rows } = await world.pullAll(phone)
      const body = rows.find((row) => row[1] === op.id)?.[6] as { state?: unknown } | undefined
      return { id: op.id, status: answer?.status ?? 0, state: body?.state }
    }
    const fetched = (id: string) => client.ask({ method: 'GET', path: `/api/attachments/${COUNTY}/${id}` })

    it('[TR-55] what is not what it says, or takes more than it should, is thrown away and said so', async () => {
      const wrong: string[] = []
      const before = process.memoryUsage().rss
      for (const file of REFUSED) {
        const { id, status, state } = await handIn(file)
        if (status !== 415 || state !== 'failed') wrong.push(`${file[0]}: ${status} ${String(state)}`)
        const answer = await fetched(id)
        if (answer?.status !== 404) wrong.push(`${file[0]} is given out: ${answer?.status}`)
      }
      expect(wrong).toEqual([])
      expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024)
      expect((await world.app.inject('/api/health')).statusCode).toBe(200)
    })

    it('[TR-55] what carries something besides is given out as a download of which nothing runs', async () => {
      const wrong: string[] = []
      for (const file of INERT) {
        const { id, status, state } = await handIn(file)
        if (status !== 204 || state !== 'stored') wrong.push(`${file[0]}: ${status} ${String(state)}`)
        const { headers = {}, body } = (await fetched(id)) ?? {}
        if (headers['content-type'] !== file[1]) wrong.push(`${file[0]} is a ${headers['content-type']}`)
        if (headers['x-content-type-options'] !== 'nosniff') wrong.push(`${file[0]} may be guessed at`)
        if (!String(headers['content-disposition']).startsWith('attachment;'))
          wrong.push(`${file[0]} is shown`)
        if (headers['content-security-policy'] !== "sandbox; default-src 'none'")
          wrong.push(`${file[0]} may run`)
        if (headers['cross-origin-resource-policy'] !== 'same-origin')
          wrong.push(`${file[0]} may be drawn in`)
        if (!body?.equals(file[2])) wrong.push(`${file[0]} is changed`)
      }
      expect(wrong).toEqual([])
    })
  },
)
