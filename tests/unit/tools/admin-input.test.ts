import { describe, expect, it } from 'vitest'
import { readOrder } from '#tools/admin/command-line.ts'
import { readVillages } from '#tools/admin/village-file.ts'

describe("the operator's command line", () => {
  it('reads what it knows', () => {
    expect(readOrder([])).toEqual({ command: 'help' })
    expect(readOrder(['county', '532922'])).toEqual({ command: 'county', code: '532922' })
    expect(readOrder(['first-admin', '--name', ' 张 ', '--username', 'zhang'])).toEqual({
      command: 'first-admin',
      name: '张',
      username: 'zhang',
      region: null,
      passwordStdin: false,
    })
  })

  it('says in one sentence what is wrong with the rest', () => {
    for (const args of [
      ['conty', '532922'],
      ['county'],
      ['county', '1', '2'],
      ['county', '532922', '--name', 'x'],
      ['first-admin', '--name', 'x'],
      ['first-admin', '--name', ' ', '--username', 'x'],
      ['invite', '--what'],
      ['invite', '--name'],
    ])
      expect(() => readOrder(args), args.join(' ')).toThrow(/help$/)
  })
})

describe('a file of villages', () => {
  const knows = (township: string) => township === '999901101'

  it('reads codes or townships, with quotes, a byte-order mark and Windows line ends', () => {
    expect(
      readVillages('\uFEFF代码,名称\r\n999901101001,石桥村\r\n999901101002,"北塘, 上村"\r\n\r\n', knows),
    ).toEqual({
      villages: [
        { code: '999901101001', township: '999901101', name: '石桥村' },
        { code: '999901101002', township: '999901101', name: '北塘, 上村' },
      ],
      faults: [],
    })
    expect(readVillages('name,township\n石桥村,999901101', knows).villages).toEqual([
      { code: null, township: '999901101', name: '石桥村' },
    ])
  })

  it('tells every fault with its line, and then takes nothing', () => {
    const text = [
      'code,name',
      '999901101001,石桥村',
      '99990110100,短',
      '5.32922E+11,圆',
      '999901101000,镇',
      '999901102001,别镇',
      '999901101002,',
      '999901101001,又一个',
      '999901101003,石桥村',
      '999901101004,"没关上',
    ].join('\n')
    const { villages, faults } = readVillages(text, knows)
    expect(villages).toEqual([])
    expect(faults.map((one) => one.line)).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
    expect(faults.map((one) => one.sentence).join('\n')).toMatch(
      /not twelve digits.*spreadsheet.*no village.*not set up.*no name.*repeats line 2.*repeats line 2.*never closes/s,
    )
  })

  it('[TR-55] refuses names that a spreadsheet would carry out', () => {
    for (const name of [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '＝1+1',
      '＋1',
      '－1',
      '＠a',
      'a\tb',
      '"=cmd|x"',
      'a\u0000',
    ])
      expect(readVillages(`code,name\n999901101001,${name}`, knows), name).toMatchObject({
        villages: [],
        faults: [{ line: 2, sentence: expect.stringContaining('formula') }],
      })
    expect(readVillages('code,name\n999901101001,石-桥村', knows).faults).toEqual([])
  })

  it('refuses a file without columns, without villages or not in UTF-8', () => {
    expect(readVillages('石桥村\n北塘村', knows).faults).toEqual([expect.objectContaining({ line: 1 })])
    expect(readVillages('code,name\n', knows).faults).toEqual([expect.objectContaining({ line: 0 })])
    expect(readVillages('code,name\n999901101001,\uFFFD\uFFFD', knows).faults).toEqual([
      expect.objectContaining({ line: 0 }),
    ])
  })
})
