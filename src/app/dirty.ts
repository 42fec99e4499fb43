import { computed, reactive, type ComputedRef } from 'vue'

/** Which forms hold something that is not kept yet. While there is one, nothing reloads the page. */
export interface Dirty {
  mark(form: symbol, dirty: boolean): void
  any: ComputedRef<boolean>
}

export function createDirty(): Dirty {
  const forms = reactive(new Set<symbol>())
  return {
    mark: (form, dirty) => void (dirty ? forms.add(form) : forms.delete(form)),
    any: computed(() => forms.size > 0),
  }
}
