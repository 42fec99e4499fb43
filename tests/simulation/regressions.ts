/** Seeds that once broke a promise, each with what it found. They are lived through again with every test run. */
export const REGRESSIONS: readonly { seed: string; found: string }[] = [
  {
    seed: '39',
    found:
      'a clock that fell back to 1970 dated receipts by itself, so the ring let go of ops that no backup held, and a restore lost one',
  },
  {
    seed: '60',
    found:
      'a record sent to another county came with the page of that county before its own decision was applied, so the taken op was folded once more over a row that had it',
  },
  {
    seed: '5003',
    found:
      'after a new history one county said that a record had left it, and so it went although the page of the county it was sent to had just brought it',
  },
  {
    seed: '352',
    found:
      'a server process was killed between the wait of a statement and the statement, which then wrote after its transaction had been undone: the world let it',
  },
  {
    seed: '510',
    found:
      'a second tab that hears nothing of the first showed an older promise than the phone had been given, and what a quiet restore took was missed by nobody',
  },
]

/** Stories that once broke a promise, as small as they went: a seed means another story as soon as there is one kind of act more. */
export const KEPT_STORIES: readonly { story: string; found: string }[] = [
  {
    story: 'an-old-receipt',
    found:
      'a backup brought an op to a phone whose record had long had it; its old receipt had it folded once more, over what was typed since, and no sum of versions could tell',
  },
  {
    story: 'a-door-in-another-county',
    found:
      'a dispute was closed while its meeting lay in another county; sent to where the dispute is, the meeting came without the flags and stood open',
  },
  {
    story: 'a-number-of-two-phones',
    found:
      'two copies of a phone raised one promise: after a quiet restore the op of the one was lost behind the same number of the other',
  },
]
