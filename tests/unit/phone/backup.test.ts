import { argon2Sync } from 'node:crypto'
import { IDBObjectStore as FakeStore } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkPassphrase } from '#domain/backup.ts'
import type { WholeNotebook } from '#phone/api.ts'
import { openFile, sealFile } from '#phone/backup/file.ts'
import { fittingCost, isFairCost, keyBytes, KEY_CEILING, KEY_FLOOR } from '#phone/backup/passphrase-key.ts'
import type { BackupFile } from '#phone/care.ts'
import { enterVault } from '#phone/enrolment.ts'
import { SOMEBODY } from '#tests/support/make-rights.ts'
import { expectSound, heldBy } from '#tests/support/phone-check.ts'
import { agreeEdit, disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

// Each key is made at its true price, and a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 })

const PHRASE = '门前的老槐树开花了'
const [OLD, NEW] = [41, 42]
let server: TinyServer
let old: Browser
let fresh: Browser
let book: WholeNotebook
let other: WholeNotebook
let slow = 0

beforeEach(async () => {
  server = new TinyServer(() => START_AT)
  old = await makeBrowser(server, { device: OLD })
  fresh = await makeBrowser(server, { device: NEW })
  // A slow phone, for which the floor is dear enough.
  for (const { clock } of [old, fresh]) clock.mono = () => (slow += 60_000)
  book = await old.open()
  other = await fresh.open()
  await book.tryNow()
  await other.tryNow()
  old.sky.now = 'down'
  fresh.sky.now = 'down'
})
afterEach(async () => {
  await old.closeAll()
  await fresh.closeAll()
})

async function made(from: WholeNotebook = book): Promise<BackupFile> {
  const file = await from.care.backup.make(PHRASE)
  if (!file.ok) throw new Error(file.reason)
  return file.value
}

async function handIn(phone: Browser, notebook: WholeNotebook): Promise<void> {
  phone.sky.now = null
  await notebook.tryNow()
}

describe('a backup file', () => {
  it('[I-3] [L-35] brings what waited, what was begun and what was refused to another phone of the same person', async () => {
    const [told, bad] = [book.newId(), book.newId()]
    server.rules.decide = (op) => (op.e[1] === bad ? [op.n, 'rejected', 0, 0, { code: 'closed' }] : null)
    old.sky.now = null
    await book.save([disputeEdit(bad, { place: '外村' })])
    await book.tryNow()
    old.sky.now = 'down'
    await book.save([disputeEdit(told, { facts: '水沟堵了' })])
    await book.save([agreeEdit(told)])
    await book.drafts.put({
      id: book.newId(),
      form: 'dispute',
      title: '没写完',
      at: START_AT,
      values: { facts: '写到一半' },
    })
    const file = await made()
    expect(file).toMatchObject({ ops: 3, drafts: 1, name: 'mingbai-2026-11-21.backup' })
    expect(await other.care.backup.inspect(file.blob, ` ${PHRASE} `)).toEqual({
      ok: true,
      value: { madeAt: START_AT, ops: 3, drafts: 1 },
    })
    expect((await expectSound(fresh)).out).toHaveLength(0)

    expect(await other.care.backup.take(file.blob, PHRASE)).toEqual({
      ok: true,
      value: { ops: 3, already: 0 },
    })
    await when(other.drafts.list, (list) => list[0]?.values['facts'] === '写到一半')
    expect(await when(other.open('dispute', told), (one) => one !== null)).toMatchObject({
      body: { facts: '水沟堵了', stage: 'agreed' },
      word: 'saved',
    })
    const held = await expectSound(fresh)
    expect(held.out.map(({ op }) => [op.n, op.as, op.d])).toEqual([
      [1, [OLD, 1], undefined],
      [2, [OLD, 2], undefined],
      [3, [OLD, 3], [2]],
    ])
    await handIn(fresh, other)
    expect(server.records.get(`dispute/${told}`)?.state.body).toMatchObject({ stage: 'agreed' })
    // The server had refused it before: the same answer, here.
    await when(other.care.refused, (list) => list[0]?.args['place'] === '外村')
    await expectSound(fresh)
  })

  it('a danger in it goes before all else on the other phone, too', async () => {
    await book.save([outreachEdit(book.newId())])
    await book.save([disputeEdit(book.newId(), { flags: ['violence'] })])
    const file = await made()
    expect(await other.care.backup.take(file.blob, PHRASE)).toMatchObject({ ok: true, value: { ops: 2 } })
    expect((await expectSound(fresh)).out.map(({ row }) => row.first)).toEqual([undefined, 1])
  })

  it('[I-2] [L-10] [L-11] is taken once, however often and from however many files, and the first phone may still come', async () => {
    const [one, two] = [book.newId(), book.newId()]
    await book.save([outreachEdit(one)])
    const first = await made()
    await book.save([outreachEdit(two)])
    const second = await made()
    const take = (file: BackupFile) => other.care.backup.take(file.blob, PHRASE)
    expect(await take(first)).toMatchObject({ value: { ops: 1, already: 0 } })
    expect(await take(first)).toMatchObject({ value: { ops: 0, already: 1 } })
    await handIn(fresh, other)
    expect(await take(second)).toMatchObject({ value: { ops: 1, already: 1 } })
    await handIn(fresh, other)
    expect(server.applied).toHaveLength(2)
    // The phone that was thought lost comes back, with the same work.
    await handIn(old, book)
    expect(server.applied).toHaveLength(2)
    expect((await expectSound(old)).out).toHaveLength(0)
    expect((await expectSound(fresh)).next).toBe(3)
    // And takes its own file: everything in it was made here.
    expect(await book.care.backup.take(second.blob, PHRASE)).toMatchObject({ value: { ops: 0, already: 2 } })
    // What came by a file goes on by another one, as what it was first made as.
    expect(await book.care.backup.take((await made(other)).blob, PHRASE)).toMatchObject({
      value: { ops: 0, already: 2 },
    })
  })

  it('[I-5] [I-6] an op that the record here has long had changes nothing when its old receipt comes', async () => {
    const id = book.newId()
    await book.save([disputeEdit(id)])
    await book.save([patchEdit(id, { facts: '水沟堵了' })])
    const file = await made()
    await handIn(old, book)
    await handIn(fresh, other)
    await other.save([patchEdit(id, { facts: '水沟通了' })])
    await other.tryNow()
    fresh.sky.now = 'down'
    expect(await other.care.backup.take(file.blob, PHRASE)).toMatchObject({ value: { ops: 2, already: 0 } })
    await handIn(fresh, other)
    await when(other.status, (one) => one.waiting === 0)
    expect(server.applied).toHaveLength(3)
    await when(other.open('dispute', id), (one) => one?.body['facts'] === '水沟通了')
    await expectSound(fresh)
  })

  it('[L-10] keeps two records that say the same apart', async () => {
    await book.save([outreachEdit(book.newId())])
    await book.save([outreachEdit(book.newId())])
    await other.care.backup.take((await made()).blob, PHRASE)
    await handIn(fresh, other)
    expect(server.records.size).toBe(2)
  })

  it('[I-22] takes a change of a record this phone does not have, and shows it when the record comes', async () => {
    const id = book.newId()
    await handIn(old, book)
    await book.save([disputeEdit(id)])
    await book.tryNow()
    old.sky.now = 'down'
    await book.save([patchEdit(id, { facts: '水沟堵了' })])
    const file = await made()
    expect(await other.care.backup.take(file.blob, PHRASE)).toMatchObject({ value: { ops: 2, already: 0 } })
    await expectSound(fresh)
    await handIn(fresh, other)
    await when(other.open('dispute', id), (one) => one?.body['facts'] === '水沟堵了')
    expect(server.applied).toHaveLength(2)
    await expectSound(fresh)
  })

  it('[I-26] does not bring back what its author gave up, nor a later draft’s earlier words', async () => {
    const bad = book.newId()
    server.rules.decide = (op) =>
      op.e[1] === bad && op.k !== 'refusal.give-up' ? [op.n, 'rejected', 0, 0, {}] : null
    await handIn(old, book)
    await book.save([disputeEdit(bad)])
    await book.tryNow()
    await book.care.discard(1, '')
    await book.tryNow()
    old.sky.now = 'down'
    const draft = {
      id: book.newId(),
      form: 'dispute',
      title: '没写完',
      at: START_AT,
      values: { facts: '早先' },
    }
    await book.drafts.put(draft)
    await other.drafts.put({ ...draft, values: { facts: '后来' } })
    await other.care.backup.take((await made()).blob, PHRASE)
    expect((await heldBy(fresh)).out.map(({ op }) => op.k)).toEqual(['refusal.give-up'])
    expect((await other.drafts.get(draft.id))?.values).toEqual({ facts: '后来' })
  })

  it('[I-2] a database that was put back gives no number twice', async () => {
    const file = await (async () => {
      await book.save([outreachEdit(book.newId())])
      await book.save([outreachEdit(book.newId())])
      return made()
    })()
    // The same device number in an empty vault, as if the phone's storage had been put back.
    const back = await makeBrowser(server, { device: OLD })
    const again = await back.open()
    back.sky.now = 'down'
    expect(await again.care.backup.take(file.blob, PHRASE)).toMatchObject({ value: { ops: 2 } })
    await again.save([outreachEdit(again.newId())])
    expect((await heldBy(back)).out.map(({ op }) => [op.n, op.as])).toEqual([
      [3, [OLD, 1]],
      [4, [OLD, 2]],
      [5, undefined],
    ])
    back.sky.now = null
    await again.tryNow()
    expect(server.applied).toHaveLength(3)
    await back.closeAll()
  })

  it('[I-30] is another person’s and stays closed to their work', async () => {
    await book.save([outreachEdit(book.newId())])
    const file = await made()
    const hers = await makeBrowser(server, { device: 43, me: makeMe({ person: SOMEBODY, name: '陈小满' }) })
    const herBook = await hers.open()
    expect(await herBook.care.backup.take(file.blob, PHRASE)).toEqual({ ok: false, reason: 'other-person' })
    expect((await expectSound(hers)).out).toHaveLength(0)
    await hers.closeAll()
  })

  it('[I-4] [L-29] is made from a store that takes nothing more, and with a login that has run out', async () => {
    await book.save([outreachEdit(book.newId())])
    old.sky.now = null
    old.sky.instead = { status: 401 }
    await book.tryNow()
    const { prototype } = FakeStore
    const { put } = prototype
    prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
    let file: BackupFile
    try {
      file = await made()
    } finally {
      prototype.put = put
    }
    expect(file.ops).toBe(1)
    expect(await other.care.backup.take(file.blob, PHRASE)).toMatchObject({ value: { ops: 1 } })
    expect((await when(book.care.health, () => true)).backupAt).toBeNull()
    await made()
    await when(book.care.health, (one) => one.backupAt === START_AT)
  })

  it('takes nothing when there is no room for all of it', async () => {
    await book.save([outreachEdit(book.newId())])
    const file = await made()
    const { prototype } = FakeStore
    const { put, add } = prototype
    prototype.put = prototype.add = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
    try {
      expect(await other.care.backup.take(file.blob, PHRASE)).toEqual({ ok: false, reason: 'storage-full' })
    } finally {
      Object.assign(prototype, { put, add })
    }
    expect((await expectSound(fresh)).out).toHaveLength(0)
    expect(await other.care.backup.take(file.blob, PHRASE)).toMatchObject({ value: { ops: 1 } })
  })

  it('[L-35] of a phone enrolled anew names each op as it was first made', async () => {
    await book.save([outreachEdit(book.newId())])
    await book.close()
    await enterVault({ me: makeMe(), device: 44, epoch: 'e1', scopeRev: 1 }, old.ports)
    const later = await old.open()
    await later.save([outreachEdit(later.newId())])
    await other.care.backup.take((await made(later)).blob, PHRASE)
    expect((await heldBy(fresh)).out.map(({ op }) => op.as)).toEqual([
      [OLD, 1],
      [44, 2],
    ])
  })
})

describe('what a backup file says to who has not the passphrase', () => {
  it('[I-32] names nobody and nothing', async () => {
    await book.save([disputeEdit(book.newId(), { facts: '水沟堵了' })])
    const { blob } = await made()
    const text = new TextDecoder('utf-8', { fatal: false }).decode(await blob.arrayBuffer())
    for (const word of ['王长顺', '水沟', '石桥', '999901', makeMe().person, '赵春梅'])
      expect(text).not.toContain(word)
  })

  it('[TR-3] is refused under another passphrase, cut, changed, of a newer build, or no backup at all, each in its own word', async () => {
    await book.save([outreachEdit(book.newId())])
    const bytes = new Uint8Array(await (await made()).blob.arrayBuffer())
    const inspect = async (file: Uint8Array, phrase = PHRASE) => {
      const found = await other.care.backup.inspect(new Blob([file as Uint8Array<ArrayBuffer>]), phrase)
      return found.ok ? 'ok' : found.reason
    }
    const text = Buffer.from(bytes).toString('latin1')
    const edited = (from: RegExp, to: string) =>
      Uint8Array.from(text.replace(from, to), (one) => one.charCodeAt(0))
    expect(await inspect(bytes)).toBe('ok')
    expect(await inspect(bytes, '门前的老槐树开花啦')).toBe('wrong-passphrase')
    expect(await inspect(bytes.slice(0, -1))).toBe('damaged')
    expect(await inspect(bytes.with(bytes.length - 9, (bytes.at(-9) as number) ^ 1))).toBe('damaged')
    expect(await inspect(edited(/"format":1/, '"format":2'))).toBe('newer-backup')
    expect(await inspect(edited(/"suite":1/, '"suite":7'))).toBe('newer-backup')
    expect(await inspect(edited(/"t":2/, '"t":1'))).toBe('damaged')
    expect(await inspect(edited(/"t":2/, '"t":3'))).toBe('wrong-passphrase')
    expect(await inspect(edited(/"m":\d+/, '"m":99999999'))).toBe('damaged')
    expect(await inspect(edited(/\{.*\}/, '{"format'))).toBe('damaged')
    expect(await inspect(new TextEncoder().encode('今天赶集'))).toBe('not-a-backup')
    expect(await inspect(new Uint8Array(0))).toBe('not-a-backup')
  })

  it('[TR-3] needs a passphrase that cannot be guessed', async () => {
    for (const weak of [
      '',
      '1234567',
      '13800001111',
      '啊啊啊啊啊啊啊啊',
      'password1',
      'abcdefgh',
      'x'.repeat(200),
    ])
      expect(checkPassphrase(weak), weak).toEqual({ ok: false, reason: 'weak-passphrase' })
    expect(await book.care.backup.make('1234567')).toEqual({ ok: false, reason: 'weak-passphrase' })
    expect(checkPassphrase(` ${PHRASE} `)).toEqual({ ok: true, value: PHRASE })
    expect(checkPassphrase('cafe\u0301 au lait')).toEqual(checkPassphrase('caf\u00e9 au lait'))
  })

  it('[TR-3] makes the key that another implementation makes, and never cheaper than the floor', async () => {
    const salt = Uint8Array.from({ length: 16 }, (_, at) => at)
    const ours = await keyBytes({ phrase: PHRASE, salt, cost: KEY_FLOOR })
    const theirs = argon2Sync('argon2id', {
      message: PHRASE,
      nonce: salt,
      parallelism: 1,
      tagLength: 32,
      memory: KEY_FLOOR.m,
      passes: KEY_FLOOR.t,
    })
    expect(Buffer.from(ours).toString('hex')).toBe(theirs.toString('hex'))
    // A phone a thousand times too slow, and one a thousand times too fast.
    for (const pace of [1000, 0.001]) {
      let now = 0
      const cost = await fittingCost(() => (now += pace * 100))
      expect(isFairCost(cost)).toBe(true)
    }
    // A clock that hides how time passes says nothing of the phone.
    expect(await fittingCost(() => 0)).toEqual(KEY_FLOOR)
    expect(isFairCost({ ...KEY_FLOOR, m: KEY_FLOOR.m - 1 })).toBe(false)
    expect(isFairCost({ ...KEY_CEILING, t: KEY_CEILING.t + 1 })).toBe(false)
  })

  it('[TR-3] is opened by who has nothing but the passphrase and the words in its head', async () => {
    const file = await sealFile('{"a":1}', PHRASE, old.ports)
    expect(await openFile(file, PHRASE, old.ports)).toEqual({ ok: true, value: '{"a":1}' })
    const end = file.indexOf(10, 8)
    const head = JSON.parse(new TextDecoder().decode(file.slice(8, end))) as {
      salt: string
      iv: string
      m: number
      t: number
    }
    const key = argon2Sync('argon2id', {
      message: PHRASE,
      nonce: Buffer.from(head.salt, 'hex'),
      parallelism: 1,
      tagLength: 32,
      memory: head.m,
      passes: head.t,
    })
    const opened = await crypto.subtle.decrypt(
      {
        name: 'AES-GCM',
        iv: Buffer.from(head.iv, 'hex'),
        additionalData: Buffer.from(['MINGBAI', 1, 1, head.m, head.t, head.salt, head.iv].join('|')),
      },
      await crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, ['decrypt']),
      file.slice(end + 1),
    )
    expect(new TextDecoder().decode(opened)).toBe('{"a":1}')
  })
})
