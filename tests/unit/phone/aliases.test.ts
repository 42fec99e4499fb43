import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import { chooseAlias, peopleHere } from '#phone/aliases.ts'
import type { Marks } from '#phone/marks.ts'
import { enterVault } from '#phone/enrolment.ts'
import { createNotebook } from '#phone/notebook.ts'
import { openOp } from '#phone/record/op-box.ts'
import { openStored } from '#phone/record/stored.ts'
import { markVault, setCurrent } from '#phone/vaults.ts'
import { SOMEBODY } from '#tests/support/make-rights.ts'
import { disputeEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, START_AT, type Browser } from '#tests/support/phone-world.ts'

let browser: Browser | undefined
afterEach(() => browser?.closeAll())

const kept = (): Marks => {
  let text: string | null = null
  return { get: () => text, set: (now) => void (text = now) }
}
const phone = () => {
  const marks = { vaults: kept(), aliases: kept() }
  markVault(marks.vaults, { id: 'aa11', n: 1, waiting: 0 })
  markVault(marks.vaults, { id: 'bb22', n: 3, waiting: 2 })
  setCurrent(marks.vaults, 'bb22')
  return marks
}

it('[TR-09] people of one phone are told apart by two signs until they choose what to be called', () => {
  const marks = phone()
  expect(peopleHere(marks)).toEqual([
    { vault: 'aa11', alias: '', mark: 'AA', isCurrent: false },
    { vault: 'bb22', alias: '', mark: 'BB', isCurrent: true },
  ])
  expect(chooseAlias(marks.aliases, 'bb22', ' 东头 ', '赵春梅')).toEqual({ ok: true, value: '东头' })
  expect(peopleHere(marks).map((one) => one.alias)).toEqual(['', '东头'])
  // What is noted of a notebook as it is worked in leaves what its owner chose.
  markVault(marks.vaults, { id: 'bb22', n: 9, waiting: 0 })
  expect(peopleHere(marks).find((one) => one.vault === 'bb22')).toMatchObject({
    alias: '东头',
    isCurrent: true,
  })
})

it('[TR-09] nobody is called by their name on a screen that anybody can read', () => {
  const marks = phone()
  const refused = (alias: string, name = '赵春梅') => {
    const done = chooseAlias(marks.aliases, 'bb22', alias, name)
    return done.ok ? 'taken' : done.reason
  }
  for (const one of ['赵春梅', '春梅', '小春梅儿', '赵 春', '赵春梅的'])
    expect(refused(one), one).toBe('named-alias')
  expect(refused('')).toBe('empty-alias')
  expect(refused('   ')).toBe('empty-alias')
  expect(refused('一二三四五六七八九')).toBe('long-alias')
  expect(refused('梅花')).toBe('taken')
  fc.assert(
    fc.property(fc.stringMatching(/^[一-龥]{2,4}$/), fc.string({ maxLength: 3 }), (name, more) => {
      expect(refused(`${more}${name}`, name)).not.toBe('taken')
    }),
  )
})

it('[TR-09] words that cannot be read call nobody anything', () => {
  const marks = phone()
  marks.aliases.set('[1, {')
  expect(peopleHere(marks).map((one) => one.alias)).toEqual(['', ''])
  marks.aliases.set('{"aa11": 7}')
  expect(peopleHere(marks).map((one) => one.alias)).toEqual(['', ''])
})

it('[TR-09] the keys of one open nothing of the other', async () => {
  browser = await makeBrowser(new TinyServer(() => START_AT), { device: 1 })
  browser.sky.now = 'down'
  const { ports, vault } = browser
  const first = await browser.open()
  await first.save([disputeEdit(first.newId()), disputeEdit(first.newId())])
  await first.close()
  const me = makeMe({ person: SOMEBODY, name: '和秀英' })
  const entered = await enterVault({ me, device: 2, epoch: 'e1', scopeRev: 1 }, ports)
  const other = entered.ok ? entered.value : ''
  const second = await createNotebook(ports, { vault: other })
  await second.close()

  const [theirs, own] = await Promise.all([ports.openTables(vault), ports.openTables(other)])
  const [rec, out] = await theirs.read(['rec', 'out'], (all) => Promise.all([all.rec.all(), all.out.all()]))
  expect([rec.length, out.length]).toEqual([2, 2])
  const opened = async (tables: typeof own) => {
    const sealer = await ports.openSealer(tables)
    const tries = await Promise.allSettled([
      ...rec.map((row) => openStored(sealer, row)),
      ...out.map((row) => openOp(sealer, row)),
    ])
    return tries.filter((one) => one.status === 'fulfilled').length
  }
  expect(await opened(theirs)).toBe(4)
  expect(await opened(own)).toBe(0)
  theirs.close()
  own.close()
})
