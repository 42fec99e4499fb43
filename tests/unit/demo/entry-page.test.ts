import { describe, expect, it } from 'vitest'
import { renderEntryPage, type EntryPage } from '#server/demo/entry/entry-page.ts'
import { rowsOf } from '#server/demo/entry/rows.ts'

const IN_HAND = {
  followUp: '陈家和吴家的地界',
  returned: '张家兄弟·赡养',
  lead: '何家院里的树',
  disputes: 38,
  sessions: 24,
  reportYear: 2023,
  reportDisputes: 7,
  ownCase: null,
}

const door = (name: string, port: number, device: 'phone' | 'desk') => ({
  name,
  what: '石桥村调解员',
  origin: `http://192.168.1.7:${port}`,
  path: device === 'desk' ? '/app/desk' : '/app/',
  button: '拿起她的手机',
  device,
})

const page = (change: Partial<EntryPage> = {}): string =>
  renderEntryPage({
    county: '示例县',
    doors: [door('赵春梅', 9001, 'phone'), door('和秀英', 9002, 'phone'), door('李主任', 9003, 'desk')],
    rows: rowsOf(IN_HAND, null, null),
    poster: null,
    origin: 'http://192.168.1.7:9000',
    call: '0000-555-0101',
    stylesheet: '/assets/entry-1.css',
    script: '/assets/entry-1.js',
    ...change,
  })

describe('the demo’s first page', () => {
  it('has no script and no style of its own in the text, and nothing of another host', () => {
    const text = page()
    expect(text.match(/<script[^>]*>/g)).toEqual(['<script src="/assets/entry-1.js" defer>'])
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/)
    const addresses = [...text.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, one]) => one ?? '')
    expect(addresses.length).toBeGreaterThan(5)
    for (const one of addresses) expect(one).toMatch(/^(\/(?!\/)|http:\/\/192\.168\.1\.7:900[123]\/app\/)/)
  })

  it('works without the script: each person is a link to their own port of the host that was asked for', () => {
    const links = [...page().matchAll(/<a class="act[^"]*" href="([^"]*)"/g)].map(([, one]) => one)
    expect(links).toEqual([
      'http://192.168.1.7:9001/app/',
      'http://192.168.1.7:9002/app/',
      'http://192.168.1.7:9003/app/desk',
      '/c',
    ])
  })

  it('has one filled button, and three things in hand for each of four people', () => {
    const text = page()
    expect(text.match(/class="act first"/g)).toHaveLength(1)
    expect(text.match(/data-hand="/g)).toHaveLength(12)
    expect(text).toContain('纠纷 38 件，普法 24 场')
    expect(text).toContain('2023 年受理 7 件')
  })

  it('says so calmly when nothing is left', () => {
    const rows = rowsOf({ ...IN_HAND, followUp: null, returned: null, lead: null }, null, null)
    expect(rows[0]?.map((one) => one.text)).toEqual(['今天没有了', '没有了', '没有了'])
    expect(rows[2]?.[2]?.text).toBe('今天没有了')
  })

  it('escapes what comes from records', () => {
    const rows = rowsOf({ ...IN_HAND, lead: '<img src=x onerror=alert(1)>' }, null, null)
    expect(page({ rows })).toContain('&lt;img src=x onerror=alert(1)&gt;')
  })
})
