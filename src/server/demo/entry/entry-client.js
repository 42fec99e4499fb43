// The entry page's live part: phones and desk in frames, the 断网 switch, what is in hand, and putting the demo back.
// Everything here can be left out: without it the page is four people with a link each.

const WIDE = matchMedia('(min-width: 76.01em)')
/** How wide a screen believes it is (CSS pixels); its frame shows it smaller. */
const WIDTHS = { phone: 360, desk: 1210 }
const ANSWER_MS = 3000
const LOOK_MS = 5000

const byId = (id) => document.getElementById(id)
const figures = [...document.querySelectorAll('#stage figure')]
const cut = byId('cut')
const reset = byId('reset')
const frames = new Map()

function say(text) {
  byId('say').textContent = text
}

function fit(figure) {
  const frame = figure.querySelector('iframe')
  const box = figure.querySelector('.screen')
  if (!frame || box.clientWidth === 0) return
  const width = figure.classList.contains('desk') ? WIDTHS.desk : WIDTHS.phone
  const scale = box.clientWidth / width
  frame.style.width = `${width}px`
  frame.style.height = `${Math.ceil(box.clientHeight / scale)}px`
  frame.style.transform = `scale(${scale})`
}

function openFrame(figure) {
  const frame = document.createElement('iframe')
  frame.title = figure.dataset.title
  frame.src = figure.dataset.src
  figure.querySelector('.screen').append(frame)
  frames.set(figure.dataset.origin, { frame, phone: figure.classList.contains('phone'), cut: false })
  fit(figure)
}

function goLive() {
  if (!WIDE.matches || frames.size > 0) return
  document.documentElement.classList.add('live')
  cut.closest('label').hidden = false
  for (const figure of figures) openFrame(figure)
}

function tell(origin, on) {
  frames.get(origin)?.frame.contentWindow?.postMessage({ mingbai: 'cut', on }, origin)
}

const phones = () => [...frames].filter(([, one]) => one.phone)

// The switch shows what the phones say, not what was clicked: a phone that does not answer is not cut off.
function onCut() {
  const wanted = cut.checked
  say('')
  for (const [origin] of phones()) tell(origin, wanted)
  setTimeout(() => {
    if (cut.checked !== wanted || phones().every(([, one]) => one.cut === wanted)) return
    cut.checked = phones().every(([, one]) => one.cut)
    for (const [origin] of phones()) tell(origin, cut.checked)
    say('手机还没打开，等它打开了再拨。')
  }, ANSWER_MS)
}

function onMessage(event) {
  const one = frames.get(event.origin)
  if (!one || event.source !== one.frame.contentWindow) return
  if (event.data?.mingbai === 'ready' && one.phone) tell(event.origin, cut.checked)
  if (event.data?.mingbai === 'cut-is') one.cut = event.data.on === true
}

async function onReset() {
  const words = reset.querySelector('span')
  reset.disabled = true
  words.textContent = '正在恢复'
  try {
    const answer = await fetch('/api/demo/reset', { method: 'POST' })
    if (!answer.ok) throw new Error('refused')
    location.reload()
  } catch {
    words.textContent = '恢复演示'
    reset.disabled = false
    say('没有恢复成，过一会儿再点一次。')
  }
}

async function look() {
  if (document.hidden) return
  const answer = await fetch('/api/demo/in-hand').catch(() => null)
  if (!answer?.ok) return
  const { rows } = await answer.json()
  rows.forEach((person, at) =>
    person.forEach((row, place) => {
      const spot = document.querySelector(`[data-hand="${at}-${place}"]`)
      if (spot && spot.textContent !== row.text) spot.textContent = row.text
    }),
  )
}

reset.hidden = false
reset.addEventListener('click', onReset)
cut.addEventListener('change', onCut)
addEventListener('message', onMessage)
addEventListener('resize', () => {
  goLive()
  for (const figure of figures) fit(figure)
})
goLive()
setInterval(look, LOOK_MS)
