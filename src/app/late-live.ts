import type { Live } from '#phone/api.ts'

/** A live value whose source comes later; until then it shows what was read early, if anything. */
export class LateLive<T> implements Live<T> {
  private early: T | undefined
  private source: Live<T> | undefined
  private readonly waiting = new Map<(value: T) => void, () => void>()

  get(): T | undefined {
    return this.source?.get() ?? this.early
  }

  subscribe(listener: (value: T) => void): () => void {
    if (this.source) return this.source.subscribe(listener)
    if (this.early !== undefined) listener(this.early)
    this.waiting.set(listener, () => undefined)
    return () => {
      this.waiting.get(listener)?.()
      this.waiting.delete(listener)
    }
  }

  /** Shows a value until the source speaks. */
  show(value: T) {
    if (this.source) return
    this.early = value
    for (const listener of this.waiting.keys()) listener(value)
  }

  join(source: Live<T>) {
    this.source = source
    for (const listener of this.waiting.keys()) this.waiting.set(listener, source.subscribe(listener))
  }
}
