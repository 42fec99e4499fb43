import { LATE_WORDS, sayLate, type LateWord } from './cells.ts'
import { clone } from './clone.ts'
import { damage } from './damage.ts'
import type { Fault } from './faults.ts'
import type { Phone } from './phone.ts'
import { DAY, HOUR, MINUTE, SECOND } from './time.ts'
import type { World } from './world.ts'

const NETWORK = new Set([
  'request-lost',
  'answer-lost',
  'doubled',
  'late',
  'reordered',
  'cut',
  'cut-clean',
  'trickle',
  'too-large',
  'too-many',
  'bad-gateway',
  'portal',
  'stale',
  'reset',
])
const DATABASE = new Set(['commit-unheard', 'serialisation', 'deadlock'])

/** Most are short; every tenth one is as long as it can be: then nothing happens but the same try again and again. */
const away = (share: number, longest: number): number =>
  share > 0.9 ? Math.round(share * longest) : Math.round(share * share * 40 * MINUTE)

/** The page that is open, or opened next, dies at exactly its k-th call from now: crash points are gone through one by one. */
function armExactly(world: World, phone: Phone, k: number): void {
  phone.whenArmed = (life) => {
    life.diesAt = life.calls + k
    life.onDeath(() => world.isCalm || world.fired('tab-died'))
  }
  if (!phone.open) return
  phone.whenArmed(phone.open.life)
  phone.whenArmed = null
}

/** Long pauses are drawn so that short ones are common. */
const pause = (share: number, longest: number): number => Math.round(share * share * share * longest)

/** The page dies at one of its next port calls: inside a save, an answer, a start. */
function arm(phone: Phone, fault: Fault): void {
  const at = 1 + Math.floor(fault.a * fault.a * 120)
  const tab = phone.open
  if (tab) tab.life.diesAt = tab.life.calls + at
  else phone.nextDeath = at
}

async function clocks(phone: Phone, fault: Fault): Promise<void> {
  const { watch } = phone
  switch (fault.kind) {
    case 'day-ahead':
      watch.skew = DAY
      break
    case 'day-behind':
      watch.skew = -DAY
      break
    case 'year-1970':
      watch.skew = -watch.wall + watch.skew + Math.round(fault.a * DAY)
      break
    case 'jump':
      watch.skew += Math.round((fault.a - 0.5) * 6 * HOUR)
      break
    case 'drift':
      watch.drift = (fault.a - 0.5) * 0.01
      break
    case 'frozen':
      watch.frozenUntil = watch.trueNow + pause(fault.a, 8 * HOUR)
  }
}

/**
 * Another tab has loaded a newer build: this one's connection is closed for good, and the newer one waits until the last page of the
 * older build has gone.
 */
function newerBuild(world: World, phone: Phone, fault: Fault): boolean {
  const old = [...phone.tabs]
  if (old.length === 0) return false
  phone.disk.blockedUntil = world.time.now + pause(fault.a, 10 * MINUTE)
  phone.storage.upgraded?.()
  const gone = phone.disk.blockedUntil + Math.round(fault.b * MINUTE) - world.time.now
  world.time.after(gone, () => {
    for (const tab of old) tab.life.die()
  })
  return true
}

async function storage(world: World, phone: Phone, fault: Fault): Promise<boolean> {
  switch (fault.kind) {
    case 'full':
      phone.disk.fullUntil = world.time.now + MINUTE + pause(fault.a, HOUR)
      return true
    case 'aborted':
      phone.disk.abortsIn = Math.floor(fault.a * 12)
      return true
    case 'open-fails':
      phone.disk.failsToOpen = 1 + Math.floor(fault.a * 3)
      return true
    case 'newer-build':
      return newerBuild(world, phone, fault)
    case 'cloned':
      return clone(world, phone, fault)
    default:
      return damage(world, phone, fault)
  }
}

async function server(world: World, fault: Fault): Promise<boolean> {
  const node = world.servers.nodes[Math.floor(fault.c * 2)]
  switch (fault.kind) {
    case 'node-killed':
      if (fault.a < 0.3) world.servers.kill(Math.floor(fault.c * 2), pause(fault.b, 10 * MINUTE))
      else if (node) {
        node.life.diesAt = node.life.calls + Math.floor(fault.a * 60)
        const index = Math.floor(fault.c * 2)
        node.life.onDeath(() => world.servers.kill(index, pause(fault.b, 10 * MINUTE)))
      }
      return true
    case 'slow-county':
      for (const one of world.servers.nodes)
        one.weather.slowUntil = world.time.now + pause(fault.a, 10 * MINUTE)
      return true
    case 'disk-full':
      for (const one of world.servers.nodes)
        one.weather.diskFullUntil = world.time.now + MINUTE + pause(fault.a, 20 * MINUTE)
      return true
    case 'failover':
    case 'restored':
    case 'restored-quietly': {
      // The copy is taken now and put back later, so that what is committed in between is lost.
      const { kind } = fault
      if (!(await world.store.copy(kind))) return false
      const copiedAt = world.time.now
      const longest = kind === 'failover' ? 2 * MINUTE : 6 * HOUR
      world.time.after(5 * SECOND + pause(fault.a, longest), () => void world.putBack(kind, copiedAt))
      return true
    }
    case 'older-node':
      world.servers.age(Math.floor(fault.c * 2), world.time.now + pause(fault.a, 6 * HOUR))
      return true
    default:
      return false
  }
}

async function session(world: World, phone: Phone, fault: Fault): Promise<boolean> {
  if (fault.kind === 'session-over') {
    if (phone.device === null) return false
    world.office.endSession(phone.device)
    world.time.after(MINUTE + pause(fault.a, 5 * HOUR), () => void world.signIn(phone))
    return true
  }
  const tab = phone.open
  if (!tab) return false
  tab.notebook.setCut(true)
  world.time.after(MINUTE + pause(fault.a, 2 * HOUR), () => !tab.life.isOver && tab.notebook.setCut(false))
  return true
}

/** Lets one fault strike. Those of network and database are counted when a request meets them, the others here. */
export async function strike(world: World, fault: Fault): Promise<void> {
  const phone = world.phones[fault.on]
  if (!phone || world.isCalm) return
  const { kind } = fault
  if (NETWORK.has(kind)) return void phone.line.waiting.push(fault)
  if (DATABASE.has(kind))
    return void world.servers.nodes[Math.floor(fault.c * 2)]?.weather.waiting.push(fault)
  let hasStruck = true
  if (kind === 'late-word')
    return sayLate(LATE_WORDS[Math.floor(fault.a * LATE_WORDS.length)] as LateWord, () => world.fired(kind))
  if (kind === 'tab-dies-at') return armExactly(world, phone, fault.a)
  if (kind === 'offline') phone.line.offlineUntil = world.time.now + away(fault.a, 12 * HOUR)
  else if (kind === 'tab-killed') arm(phone, fault)
  else if (kind === 'browser-killed') hasStruck = phone.killAll()
  else if (kind === 'power-cut') {
    hasStruck = phone.killAll()
    phone.storage.losePower()
    world.notary.lostPower(phone)
  } else if (['day-ahead', 'day-behind', 'year-1970', 'jump', 'drift', 'frozen'].includes(kind))
    await clocks(phone, fault)
  else if (kind === 'session-over' || kind === 'cut-off') hasStruck = await session(world, phone, fault)
  else if (
    [
      'node-killed',
      'slow-county',
      'disk-full',
      'failover',
      'restored',
      'restored-quietly',
      'older-node',
    ].includes(kind)
  )
    hasStruck = await server(world, fault)
  else hasStruck = await storage(world, phone, fault)
  if (hasStruck) world.fired(kind)
}
