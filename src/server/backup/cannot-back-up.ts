/** A backup, a restore or a check cannot be done; one sentence for the operator, a code for scripts, and nothing was changed. */
export class CannotBackUp extends Error {
  override readonly name = 'CannotBackUp'
  readonly reason: string

  constructor(reason: string, sentence: string) {
    super(sentence)
    this.reason = reason
  }
}
