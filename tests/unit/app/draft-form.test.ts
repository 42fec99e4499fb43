// @vitest-environment happy-dom
import * as v from 'valibot'
import { createApp, defineComponent, h, nextTick } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Draft } from '#phone/api.ts'
import { useDraftForm, type DraftForm } from '#app/composables/use-draft-form.ts'
import { createDirty } from '#app/dirty.ts'
import { SERVICES, type Services } from '#app/services.ts'

const Schema = v.object({ facts: v.optional(v.fallback(v.string(), ''), '') })
type Values = v.InferOutput<typeof Schema>

/** A phone that keeps drafts, or cannot for a while; the weather of storage is the only thing that is made up. */
function phone() {
  const kept = new Map<string, Draft>()
  const weather = { full: false }
  let made = 0
  const drafts = {
    put: async (draft: Draft) => {
      if (weather.full) return { ok: false as const, reason: 'storage-full' }
      kept.set(draft.id, draft)
      return { ok: true as const, value: true as const }
    },
    get: async (id: string) => kept.get(id) ?? null,
  }
  const dirty = createDirty()
  const services = { notebook: { newId: () => `draft-${++made}`, drafts }, dirty } as unknown as Services
  return { kept, weather, services, dirty }
}

async function open(services: Services, address = '/form') {
  let form = null as DraftForm<Values> | null
  const Form = defineComponent({
    setup() {
      form = useDraftForm('dispute', Schema, (values) => values.facts.slice(0, 4))
      return () => h('p')
    },
  })
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/form', component: Form },
      { path: '/', component: { render: () => h('p') } },
    ],
  })
  await router.push(address)
  const app = createApp({ render: () => h(RouterView) })
    .use(router)
    .provide(SERVICES, services)
  const place = document.createElement('div')
  app.mount(place)
  await vi.advanceTimersByTimeAsync(0)
  if (!form) throw new Error('the form did not open')
  return { form: form as DraftForm<Values>, router, close: () => app.unmount() }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a form that keeps itself', () => {
  it('keeps what was typed at the first pause, and puts its name into the address', async () => {
    const { kept, services, dirty } = phone()
    const { form, router } = await open(services)
    form.values.facts = '堵了'
    await nextTick()
    expect(dirty.any.value).toBe(true)
    expect(kept.size).toBe(0)
    await vi.advanceTimersByTimeAsync(450)
    expect(kept.get(form.id)).toMatchObject({ form: 'dispute', title: '堵了', values: { facts: '堵了' } })
    expect(form.kept.value).toBe('kept')
    expect(dirty.any.value).toBe(false)
    expect(router.currentRoute.value.query['draft']).toBe(form.id)
  })

  it('leaves no draft of a form that nobody wrote in', async () => {
    const { kept, services } = phone()
    const { router } = await open(services)
    await router.push('/')
    expect(kept.size).toBe(0)
  })

  it('keeps at once when the page is hidden or left, without waiting for the pause', async () => {
    const { kept, services } = phone()
    const { form, router } = await open(services)
    form.values.facts = '一'
    await nextTick()
    window.dispatchEvent(new Event('pagehide'))
    await vi.advanceTimersByTimeAsync(0)
    expect(kept.get(form.id)?.values).toEqual({ facts: '一' })
    form.values.facts = '一二'
    await nextTick()
    await router.push('/')
    expect(kept.get(form.id)?.values).toEqual({ facts: '一二' })
  })

  it('opens again where a killed page left it', async () => {
    const { kept, services } = phone()
    kept.set('old', {
      id: 'old',
      form: 'dispute',
      title: '',
      at: 0,
      values: { facts: '写到一半', strange: 1 },
    })
    const { form } = await open(services, '/form?draft=old')
    expect(form.id).toBe('old')
    expect(form.values.facts).toBe('写到一半')
    expect(form.kept.value).toBe('kept')
  })

  it('says so when the phone cannot keep it, and tries again with the next words', async () => {
    const { kept, services, weather, dirty } = phone()
    const { form } = await open(services)
    weather.full = true
    form.values.facts = '一'
    await vi.advanceTimersByTimeAsync(450)
    expect(form.kept.value).toBe('failed')
    expect(dirty.any.value).toBe(true)
    expect(form.values.facts).toBe('一')
    weather.full = false
    form.values.facts = '一二'
    await vi.advanceTimersByTimeAsync(450)
    expect(form.kept.value).toBe('kept')
    expect(kept.get(form.id)?.values).toEqual({ facts: '一二' })
  })

  it('keeps nothing more once the record is saved', async () => {
    const { kept, services, dirty } = phone()
    const { form, close } = await open(services)
    form.values.facts = '一'
    await nextTick()
    form.finish()
    await vi.advanceTimersByTimeAsync(1000)
    close()
    expect(kept.size).toBe(0)
    expect(dirty.any.value).toBe(false)
  })
})
