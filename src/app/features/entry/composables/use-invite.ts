import * as v from 'valibot'
import { computed, onBeforeUnmount, ref } from 'vue'
import type { Id } from '#domain/id.ts'
import type { Role } from '#domain/access/role.ts'
import type { RegionPrefix } from '#domain/region/code.ts'
import { InvitationListSchema, InvitedSchema, type Invited } from '#sync/protocol/accounts.ts'
import { useServices } from '../../../services.ts'

const ASK_AGAIN_MS = 2000

/** One live invitation from making to the phone being in. `done`: the phone is in; `over`: the ten minutes passed or it was taken back. */
export function useInvite() {
  const { desk } = useServices()
  const invited = ref<Invited | null>(null)
  const words = ref<string[]>([])
  const state = ref<'form' | 'open' | 'pending' | 'done' | 'over'>('form')
  const refusal = ref('')
  const now = ref(Date.now())
  let timer: ReturnType<typeof setTimeout> | undefined
  onBeforeUnmount(() => clearTimeout(timer))

  async function watchIt() {
    now.value = Date.now()
    const answer = await desk.get('/api/invitations')
    const list = answer.ok ? v.safeParse(InvitationListSchema, answer.value) : null
    if (list?.success) {
      const mine = list.output.invitations.find((one) => one.id === invited.value?.id)
      if (!mine) return void (state.value = state.value === 'done' ? 'done' : 'over')
      state.value = mine.state
      words.value = mine.words
    }
    timer = setTimeout(() => void watchIt(), ASK_AGAIN_MS)
  }

  async function make(one: { name: string; role: Role; region: RegionPrefix; person: Id | null }) {
    refusal.value = ''
    const answer = await desk.post('/api/invitations', one)
    const made = answer.ok ? v.safeParse(InvitedSchema, answer.value) : null
    if (!made?.success) return void (refusal.value = answer.ok ? 'no-network' : answer.reason)
    invited.value = made.output
    state.value = 'open'
    await watchIt()
  }

  async function confirm() {
    const answer = await desk.post('/api/invitations/confirm', { id: invited.value?.id, words: words.value })
    if (!answer.ok) return void (refusal.value = answer.reason)
    clearTimeout(timer)
    state.value = 'done'
  }

  async function takeBack() {
    clearTimeout(timer)
    await desk.post('/api/invitations/void', { id: invited.value?.id })
    state.value = 'over'
  }

  /** Whole minutes that are left, at least 1 while any are. */
  const minutes = computed(() =>
    Math.max(1, Math.ceil(((invited.value?.expiresAt ?? 0) - now.value) / 60_000)),
  )
  return { invited, words, state, refusal, minutes, make, confirm, takeBack }
}
