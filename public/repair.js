// Looks at this phone, fetches the program anew, takes out what can be read and sets a broken database aside. Stands alone: no library,
// no shell, no login; it opens databases without making or upgrading one, and removes nothing but copies of files that the server has.
import { inWords, readable } from './repair-rescue.js'

const WAIT_MS = 4000
const element = (id) => document.getElementById(id)

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key))
  } catch {
    return null
  }
}

const answered = (asked, good) =>
  new Promise((done, fail) => {
    asked.addEventListener(good, () => done(asked.result))
    for (const bad of ['error', 'abort']) asked.addEventListener(bad, () => fail(asked.error))
  })

/** A vault's database as it is; null: there is none. Rejects when it does not open. */
async function opened(vault) {
  const asked = indexedDB.open(`mingbai-${vault}`)
  let isNew = false
  asked.addEventListener('upgradeneeded', () => {
    isNew = true
    asked.transaction.abort()
  })
  try {
    return await answered(asked, 'success')
  } catch (error) {
    if (isNew) return null
    throw error
  }
}

/** What `work` finds in a vault's database; null: there is none. Rejects when it does not open or cannot be read. */
async function lookInto(vault, work) {
  const db = await opened(vault)
  if (!db) return null
  db.addEventListener('versionchange', () => db.close())
  try {
    return await work(db)
  } finally {
    db.close()
  }
}

/** How many ops wait, how many were not accepted, and how many drafts there are. */
const count = (vault) =>
  lookInto(vault, async (db) => {
    const stores = ['out', 'dead', 'draft']
    const work = db.transaction(stores)
    const counts = stores.map((name) => work.objectStore(name).count())
    await answered(work, 'complete')
    const isWhole = ['rec', 'meta', 'key'].every((name) => db.objectStoreNames.contains(name))
    return [...counts.map((one) => one.result), isWhole]
  })

const silent = () => new Promise((_, fail) => setTimeout(() => fail(new Error('silent')), WAIT_MS))

async function sentenceOf({ id, waiting, isAside }) {
  try {
    const held = await Promise.race([count(id), silent()])
    if (isAside && held)
      return `放在一边的一份，没删：${held[0]} 处没交，${held[1]} 处没收，${held[2]} 份没写完。 Set aside, not removed: ${held[0]} waiting, ${held[1]} not accepted, ${held[2]} drafts.`
    if (!held) return `不见了，走之前有 ${waiting} 处没交。 Gone; ${waiting} were waiting.`
    const [out, dead, drafts, isWhole] = held
    if (!isWhole)
      return `坏了一部分，东西没删：看得到 ${out} 处等着交，${dead} 处没收，${drafts} 份没写完。 A part is broken; nothing was removed: ${out} waiting, ${dead} not accepted, ${drafts} drafts in sight.`
    return `都在：${out} 处等着交，${dead} 处没收，${drafts} 份没写完。 Here: ${out} waiting, ${dead} not accepted, ${drafts} drafts.`
  } catch {
    return '现在打不开，东西没删。关掉别的明白页面，手机重开一次再看。 Does not open just now; nothing was removed. Close other pages or restart the phone.'
  }
}

const listed = (list) => (Array.isArray(list) ? list.filter((one) => typeof one?.id === 'string') : [])

/** Every vault this browser knows of, those set aside last; the one that is nobody's yet is only named as the current one. */
function vaults() {
  const marks = stored('mingbai-vaults')
  const aside = listed(marks?.aside).map((one) => ({ ...one, isAside: true }))
  const known = listed(marks?.vaults).filter((one) => !aside.some((other) => other.id === one.id))
  const current = marks?.current
  const isNew = typeof current === 'string' && !known.some((one) => one.id === current)
  return [...known, ...(isNew ? [{ id: current, waiting: 0 }] : []), ...aside]
}

async function showKept() {
  const all = await Promise.all(vaults().map(sentenceOf))
  element('kept').textContent =
    all.length > 0 ? all.join('\n') : '这个浏览器里没有记过东西。 Nothing was recorded in this browser.'
}

const two = (number) => String(number).padStart(2, '0')
function moment(at) {
  const day = new Date(at)
  return `${day.getMonth() + 1}-${day.getDate()} ${two(day.getHours())}:${two(day.getMinutes())}`
}

function showTroubles() {
  const all = stored('mingbai-trace')
  if (!Array.isArray(all) || all.length === 0) return
  const lines = all.map((one) => `${moment(one.last)}  ${one.what}  ×${one.times}  ${one.where}`)
  element('troubles').textContent = lines.toReversed?.().join('\n') ?? lines.join('\n')
}

/** Whether our own server answers: without it the files could not be had again, and nothing would be left to open. */
async function isOnline() {
  try {
    const answer = await fetch('/api/health', { cache: 'no-store', credentials: 'omit' })
    return answer.ok && typeof (await answer.json()) === 'object'
  } catch {
    return false
  }
}

async function removeFiles() {
  const workers = (await navigator.serviceWorker?.getRegistrations()) ?? []
  await Promise.all(workers.map((one) => one.unregister()))
  const names = 'caches' in window ? await caches.keys() : []
  await Promise.all(names.map((name) => caches.delete(name)))
}

async function again() {
  const [button, told] = [element('again'), element('told')]
  button.disabled = true
  told.textContent = '正在看有没有网…… Looking for the network…'
  try {
    if (await isOnline()) {
      await removeFiles()
      return location.replace('/app/')
    }
    told.textContent =
      '现在连不上，先不动。到有网的地方再按。 No connection now, so nothing was changed. Try again where there is one.'
  } catch {
    told.textContent = '没做成，东西都在。请念给技术员听。 That did not work; nothing is lost.'
  }
  button.disabled = false
}

/** The first press says what will happen, the second does it. */
function onSecondPress(name, warning, work) {
  const [button, told] = [element(name), element(`${name}-told`)]
  let isWarned = false
  button.addEventListener('click', async () => {
    if (!isWarned) {
      isWarned = true
      told.textContent = warning
      return
    }
    isWarned = false
    button.disabled = true
    told.textContent = await work().catch(
      () => '没做成，什么都没动。请念给技术员听。 That did not work; nothing was changed.',
    )
    button.disabled = false
  })
}

function handOut(text) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  link.download = `mingbai-${new Date().toISOString().slice(0, 10)}.txt`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/** Puts everything that still can be read into one file. What could not be opened is only counted. */
async function takeOut() {
  const all = { found: [], unread: 0, shut: 0 }
  for (const { id } of vaults()) {
    const part = await Promise.race([lookInto(id, readable), silent()]).catch(() => undefined)
    if (part === undefined) all.shut++
    all.found.push(...(part?.found ?? []))
    all.unread += part?.unread ?? 0
  }
  element('aside').disabled = false
  const n = all.found.length
  const zh =
    all.shut > 0 ? '有一份打不开，一处也读不出；它还在手机里。' : `${all.unread} 处读不出，还在手机里。`
  const en =
    all.shut > 0
      ? 'One does not open at all; it is still on this phone.'
      : `${all.unread} could not be read; they are still on this phone.`
  if (n === 0) return `没有能拿出来的。${zh} Nothing to take out. ${en}`
  handOut(inWords(all))
  return `拿出来 ${n} 处，在“下载”里。${zh} ${n} taken out, in your downloads. ${en}`
}

/** The current vault steps aside: the app opens a new one, and nobody opens or removes the old one. */
async function setAside() {
  const marks = stored('mingbai-vaults') ?? {}
  const { current } = marks
  if (typeof current !== 'string')
    return '现在没有在用的一份，直接打开明白就行。 None is in use; just open Mingbai.'
  const mark = listed(marks.vaults).find((one) => one.id === current) ?? { id: current, n: 0, waiting: 0 }
  // The mark is written a moment after a save, and that moment may never have come: what is still in sight counts.
  const held = await Promise.race([count(current), silent()]).catch(() => null)
  const waiting = Math.max(mark.waiting ?? 0, held?.[0] ?? 0)
  const next = {
    ...marks,
    current: null,
    vaults: listed(marks.vaults).filter((one) => one.id !== current),
    aside: [...listed(marks.aside), { ...mark, waiting }],
  }
  localStorage.setItem('mingbai-vaults', JSON.stringify(next))
  location.replace('/app/')
  return ''
}

element('again').addEventListener('click', again)
onSecondPress(
  'out',
  '文件不上锁，里面有名字和事情，只交给所里。知道了就再按一下。 The file is not locked and holds names; for your office only. Press once more.',
  takeOut,
)
onSecondPress(
  'aside',
  '旧的一份留在手机里，不删；明白重新开一份，要再登录一次，交上去过的会自己回来。再按一下就换。 The old one stays on this phone. Mingbai begins a new one; sign in again, and what was handed in comes back. Press once more.',
  setAside,
)
showTroubles()
void showKept()
