// Takes out of a vault's database what still can be read, and puts it into words for somebody who types it anew. Writes nothing.
const DATABASE_WORDS = { out: 'op', dead: 'dead', draft: 'draft' }
const SUITE = 1
const IV_ENDS = 14
const WORDS = {
  parties: '谁和谁 sides',
  facts: '怎么回事 what happened',
  topic: '什么事 matter',
  title: '讲什么 title',
  terms: '说好了什么 terms',
  note: '备注 note',
  notes: '谈了什么 notes',
  reason: '为什么 why',
  place: '在哪里 where',
  on: '哪天 day',
  acceptedOn: '哪天受理 accepted on',
  happenedOn: '哪天的事 happened on',
  attendances: '到场 attendances',
  performBy: '哪天办好 by',
  amountYuan: '多少钱（元）yuan',
  paperNo: '本子上的号 paper number',
}
const KINDS = {
  dispute: '纠纷 dispute',
  meeting: '调解 sitting',
  outreach: '普法活动 outreach',
  lead: '有人找 lead',
  service: '有人来问 question',
  screening: '走访 round',
  attachment: '照片、材料 file',
}

const answered = (asked) =>
  new Promise((done, fail) => {
    asked.addEventListener('success', () => done(asked.result))
    asked.addEventListener('error', () => fail(asked.error))
  })

/** Every row of a store that can be read: all at once, else one after the other up to the one that cannot. */
async function rowsOf(db, store) {
  if (!db.objectStoreNames.contains(store)) return []
  const open = () => db.transaction(store).objectStore(store)
  try {
    return await answered(open().getAll())
  } catch {
    const rows = []
    await new Promise((done) => {
      const walk = open().openCursor()
      walk.addEventListener('error', (event) => {
        event.preventDefault()
        done()
      })
      walk.addEventListener('success', () => {
        if (!walk.result) return done()
        rows.push(walk.result.value)
        walk.result.continue()
      })
    }).catch(() => undefined)
    return rows
  }
}

/** What a box holds; see `src/phone/seal/box.ts` for its bytes and the words it is bound to. */
async function openBox(key, store, row) {
  const { box } = row
  if (box[0] !== 0 || box[1] !== SUITE) throw new Error('another suite')
  const words = `${SUITE}|${DATABASE_WORDS[store]}|${store === 'draft' ? row.id : row.i}|1`
  const how = {
    name: 'AES-GCM',
    iv: box.subarray(2, IV_ENDS),
    additionalData: new TextEncoder().encode(words),
  }
  const plain = new Uint8Array(await crypto.subtle.decrypt(how, key, box.subarray(IV_ENDS)))
  const length = new DataView(plain.buffer).getUint32(0)
  return JSON.parse(new TextDecoder().decode(plain.subarray(4, 4 + length)))
}

/**
 * What waits, what was not accepted, and what was begun, as it was typed.
 * @param db an open database of a vault
 * @returns what could be opened, and how many could not
 */
export async function readable(db) {
  const found = []
  let unread = 0
  const keys = await rowsOf(db, 'key').catch(() => [])
  const first = keys.find((one) => one.name === 'vault')
  for (const store of Object.keys(DATABASE_WORDS))
    for (const row of await rowsOf(db, store).catch(() => [])) {
      try {
        const inside = await openBox(first.key, store, row)
        found.push({ store, n: row.n ?? 0, inside })
      } catch {
        unread++
      }
    }
  return { found, unread }
}

const said = (value) =>
  Array.isArray(value)
    ? value.map(said).join('、')
    : typeof value === 'object' && value !== null
      ? String(value.name ?? JSON.stringify(value))
      : String(value)

function linesOf({ store, inside }) {
  const op = store === 'dead' ? inside.op : inside
  const values = store === 'draft' ? inside.values : op.a
  const kind = store === 'draft' ? inside.title : (KINDS[op.e[0]] ?? op.e[0])
  const at = new Date(store === 'draft' ? inside.at : op.t[0])
  const sort = { out: '没交的 not handed in', dead: '没收下的 not accepted', draft: '没写完的 draft' }[store]
  return [
    `${sort} · ${kind} · ${at.toLocaleString('zh-CN')}${store === 'draft' ? '' : ` · ${op.k}`}`,
    ...Object.entries(values)
      .filter(([, value]) => value !== '' && value !== null && said(value) !== '')
      .map(([field, value]) => `  ${WORDS[field] ?? field}：${said(value)}`),
  ].join('\n')
}

/** Words first, for somebody who types it anew; then the same exactly, for technical help. */
export function inWords({ found, unread }) {
  const count = `拿出来 ${found.length} 处${unread > 0 ? `，${unread} 处读不出` : ''}。 ${found.length} taken out, ${unread} unreadable.`
  return [
    `明白 · 从手机里拿出来的 · ${new Date().toLocaleString('zh-CN')}`,
    count,
    '没有上锁，里面有名字。只交给所里，用完删掉。 Not locked, and it holds names. For your office only; delete it afterwards.',
    ...found.map(linesOf),
    '—— 下面给技术员 for technical help ——',
    JSON.stringify(found.map(({ store, n, inside }) => ({ store, n, inside }))),
  ].join('\n\n')
}
