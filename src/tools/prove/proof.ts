/** What a proof came to: whether it holds, and the figures it stands on. */
export interface Proven {
  pass: boolean
  figures: Readonly<Record<string, number | string | boolean>>
}

/** Something that is claimed and can be shown to be wrong. */
export interface Proof {
  name: string
  /** One sentence: what is claimed. */
  claims: string
  /** Full length. @param say tells how far it is */
  run(say: (line: string) => void): Promise<Proven>
}
