import type { Page } from 'playwright-core'

/**
 * Asks as the phone's own pages do: under its number, signed with the key that lies in its vault. Written here once more by what the README
 * of the accounts says (TR-13), so that both sides are held to it.
 */
export const askAsPhone = (page: Page, target: string): Promise<{ status: number; body: unknown }> =>
  page.evaluate(async (path) => {
    const { current, vaults } = JSON.parse(localStorage.getItem('mingbai-vaults') ?? '{}') as {
      current: string
      vaults: { id: string; device: number }[]
    }
    const device = vaults.find((one) => one.id === current)?.device
    const key = await new Promise<CryptoKey>((found, failed) => {
      const opening = indexedDB.open(`mingbai-${current}`)
      opening.addEventListener('error', () => failed(opening.error ?? new Error('closed')))
      opening.addEventListener('success', () => {
        const asked = opening.result.transaction('key').objectStore('key').get('device')
        asked.addEventListener('success', () => {
          opening.result.close()
          found((asked.result as { key: CryptoKey }).key)
        })
      })
    })
    const written = (bytes: ArrayBuffer) =>
      btoa(String.fromCharCode(...new Uint8Array(bytes)))
        .replace(/\+/g, '-')
        .replace(/\//g, '_')
        .replace(/=+$/, '')
    const ask = async (at: number): Promise<Response> => {
      const nonce = written(crypto.getRandomValues(new Uint8Array(16)).buffer)
      const text = `mingbai-device-1\nGET\n${path}\n${device}\n${at}\n${nonce}\n`
      const how = { name: 'ECDSA', hash: 'SHA-256' }
      const sig = written(await crypto.subtle.sign(how, key, new TextEncoder().encode(text)))
      return fetch(path, {
        headers: { 'x-mb-device': String(device), 'x-mb-proof': `${at}.${nonce}..${sig}` },
      })
    }
    const first = await ask(Date.now())
    const now = first.headers.get('x-mb-now')
    const answer = now === null ? first : await ask(Number(now))
    return { status: answer.status, body: (await answer.json()) as unknown }
  }, target)
