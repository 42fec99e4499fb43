/** The server cannot start, and one sentence says why and what to do. Not a bug: no stack is printed. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart'
  readonly reason: string

  /** @param reason a code for tests and scripts; @param sentence for the person at the terminal */
  constructor(reason: string, sentence: string) {
    super(sentence)
    this.reason = reason
  }
}
