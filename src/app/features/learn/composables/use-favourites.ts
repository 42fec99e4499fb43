import { readonly, ref } from 'vue'

const KEY = 'mb.saved'

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === 'string') : []
  } catch {
    return []
  }
}

const slugs = ref(read())

/** Which items somebody put aside (收藏). It stays on this phone and is counted nowhere. */
export function useFavourites() {
  function toggle(slug: string) {
    slugs.value = slugs.value.includes(slug)
      ? slugs.value.filter((one) => one !== slug)
      : [slug, ...slugs.value]
    try {
      localStorage.setItem(KEY, JSON.stringify(slugs.value))
    } catch {
      // Blocked or full: the choice then lasts for this visit only.
    }
  }
  return { slugs: readonly(slugs), toggle }
}
