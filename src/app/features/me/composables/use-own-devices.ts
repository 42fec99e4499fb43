import * as v from 'valibot'
import { ref } from 'vue'
import { OwnDevicesSchema, type OwnDevice } from '#sync/protocol/accounts.ts'
import { useServices } from '../../../services.ts'

/** The own phones and computers, read online; `refusal` is why they are not there, '' while they are or come. */
export function useOwnDevices() {
  const { desk } = useServices()
  const devices = ref<OwnDevice[] | null>(null)
  const refusal = ref('')

  async function load() {
    const answer = await desk.get('/api/me/devices')
    const read = answer.ok ? v.safeParse(OwnDevicesSchema, answer.value) : null
    refusal.value = answer.ok ? (read?.success ? '' : 'no-network') : answer.reason
    if (read?.success) devices.value = read.output.devices
  }

  /** Sends an order about one of them and reads the list anew; the reason when it was refused, else ''. */
  async function order(what: 'greet' | 'end' | 'revoke', device: number): Promise<string> {
    const path = what === 'revoke' ? '/api/devices/revoke' : `/api/me/devices/${what}`
    const answer = await desk.post(path, { device })
    await load()
    return answer.ok ? '' : answer.reason
  }
  return { devices, refusal, load, order }
}
