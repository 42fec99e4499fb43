/** A bug planted on purpose, and the test that must notice it. */
export interface Mutant {
  id: string
  /** The promise it breaks; the test's name says it too. */
  invariant: string
  /** What the bug is, in one sentence. */
  sentence: string
  /** Where, from the root; `find` stands there exactly once. */
  file: string
  find: string
  replace: string
  /** The file whose tests named after the invariant must fail. */
  test: string
  /** The lane of worlds in which it can show; absent: in memory. */
  lane?: 'dexie' | 'embedded' | 'postgresql'
  /** Why no world can know of it: then the named test alone must notice. */
  beyondWorlds?: string
}
