// Looks at this phone and fetches the program anew. Stands alone: no library, no shell, no login; it opens databases without making
// or upgrading one, and removes nothing but copies of files that the server has.
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

/** How many ops wait, how many were not accepted, and how many drafts there are. */
async function count(vault) {
  const db = await opened(vault)
  if (!db) return null
  db.addEventListener('versionchange', () => db.close())
  try {
    const stores = ['out', 'dead', 'draft']
    const work = db.transaction(stores)
    const counts = stores.map((name) => work.objectStore(name).count())
    await answered(work, 'complete')
    return counts.map((one) => one.result)
  } finally {
    db.close()
  }
}

const silent = () => new Promise((_, fail) => setTimeout(() => fail(new Error('silent')), WAIT_MS))

async function sentenceOf({ id, waiting }) {
  try {
    const held = await Promise.race([count(id), silent()])
    if (!held) return `不见了，走之前有 ${waiting} 处没交。 Gone; ${waiting} were waiting.`
    const [out, dead, drafts] = held
    return `都在：${out} 处等着交，${dead} 处没收，${drafts} 份没写完。 Here: ${out} waiting, ${dead} not accepted, ${drafts} drafts.`
  } catch {
    return '现在打不开，东西没删。关掉别的明白页面，手机重开一次再看。 Does not open just now; nothing was removed. Close other pages or restart the phone.'
  }
}

/** Every vault this browser knows of; the one that is nobody's yet is only named as the current one. */
function vaults() {
  const marks = stored('mingbai-vaults')
  const known = Array.isArray(marks?.vaults) ? marks.vaults : []
  const current = marks?.current
  const isNew = typeof current === 'string' && !known.some((one) => one.id === current)
  return isNew ? [...known, { id: current, waiting: 0 }] : known
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

element('again').addEventListener('click', again)
showTroubles()
void showKept()
