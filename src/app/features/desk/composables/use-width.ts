import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** Width in px of an element and the size of the page's text (1rem), kept up to date as either changes. */
export function useWidth(element: Ref<HTMLElement | null>): { width: Ref<number>; rem: Ref<number> } {
  const width = ref(0)
  const rem = ref(16)
  const measure = () => {
    width.value = element.value?.clientWidth ?? 0
    rem.value = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16
  }
  const observer = new ResizeObserver(measure)
  // The size of text is an attribute of the root: it changes without any box on this page being asked.
  const root = new MutationObserver(measure)
  root.observe(document.documentElement, { attributes: true, attributeFilter: ['data-size'] })
  watch(
    element,
    (now, before) => {
      if (before) observer.unobserve(before)
      if (now) observer.observe(now)
      measure()
    },
    { flush: 'post' },
  )
  onScopeDispose(() => {
    observer.disconnect()
    root.disconnect()
  })
  return { width, rem }
}
