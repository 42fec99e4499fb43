import type { Outreach } from '#domain/outreach/outreach.ts'

/** A valid outreach session on a market day; a test names only what it is about. */
export const makeOutreach = (over: Partial<Outreach> = {}): Outreach => ({
  form: 'market',
  topic: 'caili',
  title: '彩礼怎么退',
  on: '2026-11-05',
  place: '集市',
  sixEntries: 'public-place',
  campaign: '',
  speakers: ['和秀英'],
  attendances: 40,
  countedHow: 'counted',
  people: null,
  materials: [],
  note: '',
  paperNo: '石桥 2026–B003',
  recordedBy: null,
  enteredAt: 1_793_836_800_000,
  receivedAt: null,
  cancelled: false,
  ...over,
})
