import { getCurrentScope, onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { Live } from '#phone/api.ts'

/** A live value of the phone as a ref; undefined until the first reading. Stops listening with the component. */
export function useLive<T>(live: Live<T>): Readonly<ShallowRef<T | undefined>> {
  const value = shallowRef<T | undefined>(live.get())
  const stop = live.subscribe((next) => {
    value.value = next
  })
  if (getCurrentScope()) onScopeDispose(stop)
  return value
}

/** The same for a live value that depends on something that changes, such as the record a page shows. */
export function useLiveOf<T>(source: () => Live<T>): Readonly<ShallowRef<T | undefined>> {
  const value: ShallowRef<T | undefined> = shallowRef()
  let stop: (() => void) | undefined
  watch(
    source,
    (live) => {
      stop?.()
      value.value = live.get()
      stop = live.subscribe((next) => {
        value.value = next
      })
    },
    { immediate: true },
  )
  onScopeDispose(() => stop?.())
  return value as Ref<T | undefined> as ShallowRef<T | undefined>
}
