import type { Id } from '#domain/id.ts'
import { atMost, exactly, percentile, timesFloor, watched, WITH_PIN } from './figures.ts'
import { median } from './median.ts'
import { call, type PhoneBench } from './phone-bench.ts'
import type { Tab } from './tabs.ts'
import type { Measurement } from './workload.ts'

const EDITS = 1000
const SHARED = 200

/** Records of the size of ours, made in the floor's page. */
const BODIES = `[...Array(${EDITS}).keys()].map((i) => ({ type: 'D02', topic: '水沟' + i, facts: '两家为屋后的水沟争了起来，说好第二天一起去看。'.repeat(3), parties: [{ id: crypto.randomUUID(), name: '王示例', kind: 'person' }, { id: crypto.randomUUID(), name: '李示例', kind: 'person' }], place: '村口', source: 'S1', flags: [], mediator: crypto.randomUUID(), happenedOn: '2026-11-21', acceptedOn: '2026-11-21', paperNo: '', mediatorName: '', stage: 'open', events: [{ what: 'recorded', on: '2026-11-21', at: 1, by: crypto.randomUUID(), note: '' }] }))`

/** W1, W2 and their edits: written while cut off, handed in when the line is back. */
export async function writing(bench: PhoneBench): Promise<{ all: Measurement[]; phone: Tab; ids: Id[] }> {
  const phone = await bench.phone()
  await call(phone, 'bench.look(phone)')
  bench.say(`${EDITS} saves one after the other`)
  // A first round of both warms what is compiled on the way.
  await call(bench.floor, 'bench.emptyFloor()')
  const bodies = BODIES
  await call(bench.floor, `bench.floorSaves(${bodies}.slice(0, 100))`)
  await call(phone, 'bench.saves(phone, 100, Date.now() - 4e9)')
  const before = await call<number[]>(bench.floor, `bench.floorSaves(${bodies})`)
  const saved = await call<{ took: number[]; ids: Id[]; bodies: object[] }>(
    phone,
    `bench.saves(phone, ${EDITS}, Date.now())`,
  )
  const after = await call<number[]>(bench.floor, `bench.floorSaves(${bodies})`)
  const floor = median([...before, ...after])
  const all = [
    timesFloor('W1', 'durable save with its outbox entry, median', median(saved.took), 'ms', floor, 1 / 0.7),
    watched(
      'W1',
      'the same, 95 of 100',
      percentile(saved.took, 0.95),
      'ms',
      percentile([...before, ...after], 0.95),
    ),
  ]
  all.push(await underThePin(bench, median(saved.took)))
  bench.say(`handing in ${EDITS}`)
  const text = JSON.stringify(saved.bodies)
  const rawMs = await call<number>(
    bench.floor,
    `bench.floorPush('${bench.raw.url}/push', ${JSON.stringify(text)})`,
  )
  const pushed = await phone.counting(() => call<number>(phone, 'bench.handIn(phone)'))
  const edits = await call<number[]>(
    phone,
    `bench.fieldEdits(phone, ${JSON.stringify(saved.ids.slice(0, SHARED))}, ${EDITS}, 'place', '桥头')`,
  )
  const pushedEdits = await phone.counting(() => call<number>(phone, 'bench.handIn(phone)'))
  all.push(
    timesFloor('W1', `one-field edit of ${SHARED} records, median`, median(edits), 'ms', floor, 1 / 0.7),
    timesFloor(
      'W2',
      `push ${EDITS} new records until every receipt is durable`,
      pushed.value,
      'ms',
      rawMs,
      1.5,
    ),
    timesFloor('W2', 'bytes up', pushed.traffic.upBytes, 'B', Buffer.byteLength(text), 1.1),
    atMost('W2', 'requests', pushed.traffic.requests, 'requests', 6),
    atMost('W2', `push ${EDITS} one-field edits, bytes up`, pushedEdits.traffic.upBytes, 'B', 60_000),
    watched('W2', `push ${EDITS} one-field edits`, pushedEdits.value, 'ms', rawMs),
  )
  return { all, phone, ids: saved.ids }
}

/** The same saves on a phone with a PIN, each sealed for its own vault and for the server. @param without what one costs without, ms */
async function underThePin(bench: PhoneBench, without: number): Promise<Measurement> {
  bench.say('the same with a PIN')
  const phone = await bench.lockedPhone()
  await call(phone, 'bench.look(phone)')
  await call(phone, 'bench.saves(phone, 100, Date.now() - 4e9)')
  const saved = await call<{ took: number[] }>(phone, `bench.saves(phone, ${EDITS}, Date.now())`)
  await phone.close()
  return timesFloor('W1', 'the same with a PIN, against none', median(saved.took), 'ms', without, WITH_PIN)
}

/** W5: two phones of one person, cut off, edit the same two hundred records. */
export async function twoPhones(bench: PhoneBench, first: Tab, ids: readonly Id[]): Promise<Measurement[]> {
  bench.say('two phones, the same records')
  const shared = ids.slice(0, SHARED)
  const list = JSON.stringify(shared)
  const second = await bench.phone()
  await call(second, `bench.pullUntil(phone, ${EDITS})`)
  await call(first, 'bench.look(phone)')
  const edit = (tab: Tab, field: string, word: string) =>
    call(tab, `bench.fieldEdits(phone, ${list}, ${SHARED}, '${field}', '${word}')`)
  await edit(first, 'place', '甲')
  await edit(second, 'mediatorName', '乙')
  const one = await first.counting(() => call(first, 'bench.handIn(phone)'))
  const two = await second.counting(() => call(second, 'bench.handIn(phone)'))
  await call(first, 'bench.look(phone)')
  const kept = async (tab: Tab) =>
    (await call<number>(tab, `bench.countWith(phone, ${list}, 'place', '甲')`)) +
    (await call<number>(tab, `bench.countWith(phone, ${list}, 'mediatorName', '乙')`))
  const [keptOne, keptTwo] = [await kept(first), await kept(second)]
  await edit(first, 'topic', '甲')
  await edit(second, 'topic', '乙')
  await call(first, 'bench.handIn(phone)')
  await call(second, 'bench.handIn(phone)')
  await call(first, 'bench.look(phone)')
  const { rows } = await bench.sql.query<{ lost: number; kept: number }>(
    `SELECT (SELECT count(*)::int FROM field_loss WHERE id = ANY($1::uuid[]) AND field = 'topic') AS lost,
            (SELECT count(*)::int FROM record WHERE id = ANY($1::uuid[]) AND (body->>'topic' LIKE '甲%' OR body->>'topic' LIKE '乙%')) AS kept`,
    [shared],
  )
  await second.close()
  return [
    exactly(
      'W5',
      'different fields: edits kept, of 400, on the phone with fewer',
      Math.min(keptOne, keptTwo),
      400,
    ),
    exactly('W5', 'same field: values kept', rows[0]?.kept ?? 0, SHARED),
    exactly('W5', 'same field: values in field_loss', rows[0]?.lost ?? 0, SHARED),
    atMost(
      'W5',
      'different fields: bytes up of both phones',
      one.traffic.upBytes + two.traffic.upBytes,
      'B',
      60_000,
    ),
  ]
}

/** W12: one op among five hundred that the server cannot accept. */
export async function poison(bench: PhoneBench, phone: Tab): Promise<Measurement[]> {
  bench.say('one bad op among 500')
  await call(phone, 'bench.saves(phone, 250, Date.now() - 5e9)')
  await call(
    phone,
    `phone.notebook.save([{ ...bench.disputeEdit(phone, 1, Date.now()), region: phone.village.slice(0, 6) + '199099' }])`,
  )
  await call(phone, 'bench.saves(phone, 249, Date.now() - 6e9)')
  const pushed = await phone.counting(() => call(phone, 'bench.handIn(phone)'))
  const status = await call<{ waiting: number; refused: number }>(
    phone,
    '({ waiting: phone.notebook.status.get().waiting, refused: phone.notebook.status.get().refused })',
  )
  return [
    exactly('W12', 'one bad op among 500: shown as not accepted', status.refused, 1),
    exactly('W12', 'one bad op among 500: still waiting', status.waiting, 0),
    atMost('W12', 'one bad op among 500: requests', pushed.traffic.requests, 'requests', 4),
  ]
}
