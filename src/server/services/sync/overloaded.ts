/** More is asked than can be done in time. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded'
  /** Whole seconds after which it should be better. */
  readonly retryAfter: number

  constructor(retryAfter: number) {
    super('more is asked than can be done in time')
    this.retryAfter = retryAfter
  }
}
