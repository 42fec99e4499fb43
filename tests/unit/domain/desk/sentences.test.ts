import { describe, expect, it } from 'vitest'
import { clockOf, grouped } from '#domain/desk/number-words.ts'
import type { DeskSentences } from '#domain/desk/say.ts'
import { sentencesOf } from '#domain/desk/sentences.ts'
import { startOf } from '#domain/time/day.ts'

const today = '2026-05-08'
const at = startOf(today) + (14 * 60 + 5) * 60_000
const zh = sentencesOf('zh-CN')
const en = sentencesOf('en')

/** Every sentence a language can say, with numbers in it. */
function everything(say: DeskSentences): string[] {
  const metrics = ['disputes', 'settled', 'outreach', 'attendances'] as const
  return [
    say.asOf({ at, now: at, waiting: 12, silent: 7 }),
    say.asOf({ at, now: at, waiting: 0, silent: 0 }),
    say.asOf({ at, now: at + 86_400_000, waiting: 0, silent: 1 }),
    ...metrics.flatMap((metric) => [
      say.trend({ say: 'nothing' }, metric),
      say.trend({ say: 'few', total: 3 }, metric),
      say.trend({ say: 'steady', range: { low: 5, high: 9 } }, metric),
      say.trend({ say: 'low', month: '2026-02', n: 1 }, metric),
      say.trend(
        { say: 'peak', months: ['2026-03'], n: 12, types: ['D07', 'D02'], fallsFrom: '2026-04' },
        metric,
      ),
      say.trend({ say: 'peak', months: ['2026-01', '2026-03'], n: 12, types: [], fallsFrom: null }, metric),
      say.compared({ say: 'more', by: 5, chance: true }, metric, 'whole'),
      say.compared({ say: 'more', by: 5, chance: true }, metric, 'brief'),
      say.compared({ say: 'less', by: 5, chance: false }, metric, 'whole'),
      say.compared({ say: 'less', by: 5, chance: false }, metric, 'brief'),
      say.compared({ say: 'same' }, metric, 'whole'),
      say.compared({ say: 'same' }, metric, 'brief'),
      say.compared({ say: 'none-before' }, metric, 'whole'),
      say.compared({ say: 'none-before' }, metric, 'brief'),
      say.fullest({ month: '2026-03', n: 9 }, metric, 'whole'),
      say.fullest({ month: '2026-03', n: 9 }, metric, 'brief'),
      say.increased(1, metric),
      say.range(5, 9, metric),
    ]),
    say.settled({ open: 3, failed: 2 }, 'whole'),
    say.settled({ open: 3, failed: 2 }, 'brief'),
    say.settled({ open: 0, failed: 0 }, 'whole'),
    say.settled({ open: 0, failed: 0 }, 'brief'),
    say.attendances({ all: 0, estimated: 0 }, 'whole'),
    say.attendances({ all: 0, estimated: 0 }, 'brief'),
    say.attendances({ all: 60, estimated: 0 }, 'whole'),
    say.attendances({ all: 60, estimated: 0 }, 'brief'),
    say.attendances({ all: 60, estimated: 20 }, 'whole'),
    say.attendances({ all: 60, estimated: 20 }, 'brief'),
    say.attendances({ all: 60, estimated: 60 }, 'whole'),
    say.attendances({ all: 60, estimated: 60 }, 'brief'),
    say.places({ places: 14, asking: [] }, 'township'),
    say.places({ places: 14, asking: ['东山村'] }, 'county'),
    say.places({ places: 14, asking: ['甲村', '乙村', '丙村', '丁村'] }, 'prefecture'),
    say.worthAsking,
    say.nothingHere({ from: '2026-01-01', to: today }, today),
    say.nothingHere({ from: '2026-05-01', to: today }, today),
    say.nothingHere({ from: '2023-01-01', to: '2023-12-31' }, today),
    say.month('2026-05'),
    say.unfinished('2026-05', today),
    say.days({ from: '2026-01-01', to: today }),
    say.days({ from: '2023-01-01', to: '2023-12-31' }),
    say.days({ from: '2025-12-01', to: today }),
    ...(['stock', 'flow', 'cumulative', 'unclear'] as const).map((kind) => say.kind(kind)),
  ]
}

describe('sentences of the desk', () => {
  it('says what the pictures show', () => {
    expect(zh.asOf({ at, now: at, waiting: 12, silent: 7 })).toBe(
      '截至今天 14:05。至少 12 件还在手机里；另有 7 部手机近期没联系。',
    )
    expect(
      zh.trend(
        { say: 'peak', months: ['2026-03'], n: 12, types: ['D07', 'D02'], fallsFrom: '2026-04' },
        'disputes',
      ),
    ).toBe('三月最多，12 件，一半多是山林土地和邻里；四月起回落。')
    expect(zh.compared({ say: 'more', by: 5, chance: true }, 'disputes', 'whole')).toBe(
      '比去年同期多 5 件，在平常起伏里。',
    )
    expect(zh.settled({ open: 3, failed: 2 }, 'whole')).toBe('还有 3 件正在调，2 件没调成。')
    expect(zh.places({ places: 14, asking: ['东山村'] }, 'township')).toBe(
      '14 个村和社区，13 个和平常差不多；东山村近三个月多了几件。',
    )
    expect(en.asOf({ at, now: at, waiting: 12, silent: 7 })).toBe(
      'As of today, 14:05. At least 12 still on phones; 7 phones not heard of lately.',
    )
  })

  it('[D-109] is complete in both languages, without percentages, ranks or reproach', () => {
    for (const say of [zh, en]) {
      for (const sentence of everything(say)) {
        expect(sentence.length).toBeGreaterThan(0)
        expect(sentence).not.toMatch(
          /%|％|百分|排名|第[一二三]名|倒数|落后|未达标|rank|percent|worst|undefined|NaN/,
        )
      }
    }
    // Codes of types are named by words, whatever the language; Chinese words never slip into English sentences (names of places excepted).
    const plain = everything(en).filter((one) => !/[村]/.test(one))
    for (const sentence of plain) expect(sentence).not.toMatch(/\p{Script=Han}|D\d\d/u)
    for (const sentence of everything(zh)) expect(sentence).not.toMatch(/D\d\d|[A-Za-z]/)
  })

  it('writes the clock of Beijing and groups thousands', () => {
    expect(clockOf(at)).toBe('14:05')
    expect(clockOf(startOf(today))).toBe('00:00')
    expect(grouped(1607)).toBe('1,607')
    expect(grouped(1234567)).toBe('1,234,567')
    expect(grouped(12)).toBe('12')
  })
})
