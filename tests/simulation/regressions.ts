/** Seeds that once broke a promise, each with what it found. They are lived through again with every test run. */
export const REGRESSIONS: readonly { seed: string; found: string }[] = [
  {
    seed: '39',
    found:
      'a clock that fell back to 1970 dated receipts by itself, so the ring let go of ops that no backup held, and a restore lost one',
  },
]
