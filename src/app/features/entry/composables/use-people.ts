import * as v from 'valibot'
import { computed, ref, watch } from 'vue'
import type { Role } from '#domain/access/role.ts'
import type { RegionPrefix } from '#domain/region/code.ts'
import { PeopleSchema, type People } from '#sync/protocol/accounts.ts'
import { useProof } from '../../../composables/use-proof.ts'
import { useLive } from '../../../composables/use-live.ts'
import { useServices } from '../../../services.ts'

/** The people of the own regions, read online; `refusal` is the reason why they are not there, '' while they are or come. */
export function usePeople() {
  const { desk, notebook } = useServices()
  const proof = useProof()
  const me = useLive(notebook.me)
  const people = ref<People | null>(null)
  const refusal = ref('')

  async function load() {
    const answer = await desk.get('/api/people')
    const read = answer.ok ? v.safeParse(PeopleSchema, answer.value) : null
    refusal.value = answer.ok ? (read?.success ? '' : 'no-network') : answer.reason
    if (read?.success) people.value = read.output
  }

  /** Sends an order about people and reads the list anew; answers the reason when it was refused, else ''. */
  async function order(path: string, body: unknown): Promise<string> {
    const answer = await proof.order(path, body)
    await load()
    return answer.ok ? '' : answer.reason
  }

  // Also when somebody has just come in on this browser.
  watch(() => me.value?.person, load, { immediate: true })
  const waiting = computed(() =>
    (people.value?.people ?? []).flatMap((one) =>
      one.devices
        .filter((device) => device.state === 'provisional')
        .map((device) => ({ person: one, device })),
    ),
  )
  return { me, people, refusal, waiting, load, order, proof }
}

/** Units in which at least one of these roles may be given, the smallest ones first because that is where people work. */
export function unitsFor(people: People | null, role: Role): { region: RegionPrefix; name: string }[] {
  const units = (people?.regions ?? []).filter((one) => one.roles.includes(role))
  return [...units].sort((a, b) => b.region.length - a.region.length || (a.region < b.region ? -1 : 1))
}

/** Every role that may be given somewhere, in the order of the role table. */
export const rolesIn = (people: People | null): Role[] => [
  ...new Set((people?.regions ?? []).flatMap((one) => one.roles)),
]
