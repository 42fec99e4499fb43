import * as v from 'valibot'
import { onBeforeUnmount, ref, type Ref } from 'vue'
import { readCode, type EntryCode } from '#domain/account/code.ts'
import { matchingWords, WORD_RANDOM } from '#domain/account/words.ts'
import type { Role } from '#domain/access/role.ts'
import {
  CardSeenSchema,
  EnteredSchema,
  InvitationClaimedSchema,
  InvitationStandsSchema,
  type Entered,
} from '#sync/protocol/accounts.ts'
import type { NamedKey } from '../../../entry.ts'
import { useServices } from '../../../services.ts'

const ASK_AGAIN_MS = 2000

/** Where entering stands. */
export type Step =
  | { at: 'code' }
  | { at: 'asking' }
  | { at: 'card'; code: string; keep: string; name: string; role: Role; regionName: string }
  | { at: 'not-me' }
  | { at: 'cannot-keep' }
  | { at: 'waiting'; name: string; words: string[] }

const toBase64 = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')

const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0))

/** The way in by invitation or card, step by step. `refusal` is a reason code, '' while all is well. */
export function useEnter(): {
  step: Ref<Step>
  refusal: Ref<string>
  begin(code: string): Promise<void>
  begun(code: EntryCode): Promise<void>
  yes(): Promise<void>
  no(): void
  again(): void
} {
  const { desk, entry } = useServices()
  const step = ref<Step>({ at: 'code' })
  const refusal = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  onBeforeUnmount(() => clearTimeout(timer))

  function back(reason: string) {
    clearTimeout(timer)
    step.value = { at: 'code' }
    refusal.value = reason
  }

  async function finish(entered: Entered, key: NamedKey | null) {
    const kept = await entry.enter(entered, key)
    if (kept.ok) entry.startOver('/')
    else back(kept.reason)
  }

  async function look(code: string) {
    const seen = await desk.post('/api/entry/card', { code })
    if (!seen.ok) return back(seen.reason)
    const card = v.safeParse(CardSeenSchema, seen.value)
    if (!card.success) return back('no-network')
    const { keep, name, role, regionName } = card.output
    step.value = { at: 'card', code, keep, name, role, regionName }
  }

  async function ask(poll: string, key: NamedKey | null) {
    const answer = await desk.post('/api/entry/invitation/state', { poll })
    // No network while waiting is weather; the next question may get through.
    const stands = answer.ok ? v.safeParse(InvitationStandsSchema, answer.value) : null
    const state = stands?.success ? stands.output : null
    if (state?.state === 'confirmed') return finish(state.entered, key)
    if (state?.state === 'gone') return back('code-gone')
    timer = setTimeout(() => void ask(poll, key), ASK_AGAIN_MS)
  }

  async function claim(code: string) {
    const mine = crypto.getRandomValues(new Uint8Array(WORD_RANDOM))
    const key = await entry.makeKey()
    const deviceKey = key?.publicKey ?? null
    const request = { code, random: toBase64(mine), deviceKey, device: await entry.device() }
    let taken = await desk.post('/api/entry/invitation', request)
    // The same question is answered the same, so a lost answer is simply asked for again.
    if (!taken.ok && taken.reason === 'no-network') taken = await desk.post('/api/entry/invitation', request)
    if (!taken.ok) return back(taken.reason)
    const claimed = v.safeParse(InvitationClaimedSchema, taken.value)
    if (!claimed.success) return back('no-network')
    step.value = {
      at: 'waiting',
      name: claimed.output.name,
      words: matchingWords(mine, fromBase64(claimed.output.random)),
    }
    await ask(claimed.output.poll, key)
  }

  async function begun(code: EntryCode) {
    refusal.value = ''
    step.value = { at: 'asking' }
    await (code.sort === 'card' ? look(code.code) : claim(code.code))
  }

  async function yes() {
    if (step.value.at !== 'card') return
    const { code, keep } = step.value
    step.value = { at: 'asking' }
    // A previewing browser forgets: the card stays good for the real one.
    if (!(await entry.keeps(keep))) {
      step.value = { at: 'cannot-keep' }
      return
    }
    const key = await entry.makeKey()
    const used = await desk.post('/api/entry/card/confirm', {
      code,
      kept: keep,
      deviceKey: key?.publicKey ?? null,
      device: await entry.device(),
    })
    if (!used.ok) return back(used.reason)
    const entered = v.safeParse(EnteredSchema, used.value)
    if (entered.success) await finish(entered.output, key)
    else back('no-network')
  }

  return {
    step,
    refusal,
    begun,
    async begin(typed) {
      const code = readCode(typed)
      if (code.ok) await begun(code.value)
      else back('not-ours')
    },
    yes,
    no: () => (step.value = { at: 'not-me' }),
    again: () => back(''),
  }
}
