import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const HERE = 'https://mingbai.example'

/** The module as a page loads it: its policy is made once. */
async function fresh() {
  vi.resetModules()
  return import('#phone/trusted-worker.ts')
}

describe('addresses of scripts', () => {
  const policies: string[] = []
  beforeEach(() => {
    policies.length = 0
    vi.stubGlobal('location', new URL(HERE))
    vi.stubGlobal('trustedTypes', {
      createPolicy(name: string, rules: { createScriptURL(url: string): string }) {
        if (policies.includes(name)) throw new TypeError('there is one already')
        policies.push(name)
        return { createScriptURL: (url: string) => ({ trusted: rules.createScriptURL(url) }) }
      },
    })
  })
  afterEach(() => vi.unstubAllGlobals())

  it('are the service worker’s and the key worker’s, under one policy', async () => {
    const { SERVICE_WORKER, trustedScript } = await fresh()
    expect(trustedScript(SERVICE_WORKER)).toEqual({ trusted: SERVICE_WORKER })
    const beside = `${HERE}/assets/argon2-worker-jHv_KT-.js`
    expect(trustedScript(beside)).toEqual({ trusted: beside })
    expect(policies).toEqual(['mb-url'])
  })

  it.each([
    'https://elsewhere.example/service-worker.js',
    '/api/attachments/999901/01912345-0000-7000-8000-0000000000b1',
    '/assets/argon2-worker-x.js/../../api/files',
    '/assets/other.js',
    'data:text/javascript,1',
    'blob:https://mingbai.example/1',
  ])('are not %s', async (url) => {
    const { trustedScript } = await fresh()
    expect(() => trustedScript(url)).toThrow('not one of our scripts')
  })

  it('[TR-03] a key is made beside the page, by the address that Trusted Types want', async () => {
    class OfTheBrowser {
      readonly url: unknown
      constructor(url: unknown) {
        this.url = url
      }
    }
    vi.stubGlobal('Worker', OfTheBrowser)
    const { trustedWorkers } = await fresh()
    const Worker = trustedWorkers()
    const url = new URL('/assets/argon2-worker-1.js', HERE)
    const made: unknown = Worker && new Worker(url)
    expect(made).toBeInstanceOf(OfTheBrowser)
    expect(made).toMatchObject({ url: { trusted: url.href } })
    vi.stubGlobal('Worker', undefined)
    expect(trustedWorkers()).toBe(null)
  })
})
