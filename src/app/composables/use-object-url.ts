import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** An address of bytes for this page alone; given back when the bytes change and when the component goes. */
export function useObjectUrl(
  bytes: () => { bytes: Uint8Array<ArrayBuffer>; mime: string } | null,
): Readonly<Ref<string>> {
  const url = ref('')
  const letGo = () => {
    if (url.value !== '') URL.revokeObjectURL(url.value)
    url.value = ''
  }
  watch(
    bytes,
    (now) => {
      letGo()
      if (now) url.value = URL.createObjectURL(new Blob([now.bytes], { type: now.mime }))
    },
    { immediate: true },
  )
  onScopeDispose(letGo)
  return url
}
