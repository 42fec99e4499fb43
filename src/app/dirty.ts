import { computed, reactive, type ComputedRef } from 'vue'

/** Which forms hold something that is not kept yet. While there is one, nothing reloads the page. */
export interface Dirty {
  mark(form: symbol, dirty: boolean): void
  any: ComputedRef<boolean>
  /** Has something kept when the page is about to close. @returns how to stop */
  onKeep(keep: () => Promise<void>): () => void
  /** Keeps everything that is half typed. */
  keepAll(): Promise<unknown>
}

export function createDirty(): Dirty {
  const forms = reactive(new Set<symbol>())
  const keepers = new Set<() => Promise<void>>()
  return {
    mark: (form, dirty) => void (dirty ? forms.add(form) : forms.delete(form)),
    any: computed(() => forms.size > 0),
    onKeep(keep) {
      keepers.add(keep)
      return () => void keepers.delete(keep)
    },
    keepAll: () => Promise.all([...keepers].map((keep) => keep())),
  }
}
