import { ref, shallowRef } from 'vue'

/** The sentence shown now, '' for none. A toast only confirms; what a person must act on stands on the page. */
export const toast = ref('')
/** Places on the screen where it may be shown; the last one is on top. */
export const places = shallowRef<readonly symbol[]>([])
let timer: ReturnType<typeof setTimeout> | undefined

/** Shows one short sentence for some seconds and tells it to screen readers. */
export function say(sentence: string): void {
  clearTimeout(timer)
  toast.value = sentence
  timer = setTimeout(() => (toast.value = ''), Math.max(4000, sentence.length * 200))
}
