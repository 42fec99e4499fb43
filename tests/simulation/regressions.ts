/** Stories that once broke a promise, as small as they went. No seeds: one means another story as soon as there is one kind of act more. */
export const KEPT_STORIES: readonly { story: string; found: string }[] = [
  {
    story: 'a-receipt-of-1970',
    found:
      'a clock that fell back to 1970 dated receipts by itself, so the ring let go of ops that no backup held, and a restore lost one',
  },
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
  {
    story: 'a-statement-after-death',
    found:
      'a server process was killed between the wait of a statement and the statement, which then wrote after its transaction had been undone: the world let it',
  },
  {
    story: 'a-tab-that-hears-nothing',
    found:
      'a second tab that hears nothing of the first showed an older promise than the phone had been given, and what a quiet restore took was missed by nobody',
  },
  {
    story: 'an-answer-to-somebody-else',
    found:
      'a cache gave the first page of one person to the next one on the same phone, whose cursor then stood beyond what they had been given',
  },
  {
    story: 'a-history-lost-unnoticed',
    found:
      'a request that came late gave the lost places of a ledger out again before anybody could notice; the world called the versions that went back a fault',
  },
  {
    story: 'numbers-given-out-twice',
    found:
      'before a quiet restore was noticed, a record got the same place and version as the lost one that a phone had: cursor and digest agreed, and what was cancelled still counted there',
  },
  {
    story: 'a-page-let-onto-the-network',
    found:
      'of two pages that cannot tell each other anything one was kept off the network; let onto it again, it went on saying that what the other had handed in was waiting',
  },
  {
    story: 'a-meeting-before-its-dispute',
    found:
      'after a quiet restore one phone handed a meeting in again before another one its dispute, made and closed in one batch; the door closed, and the meeting stood outside',
  },
  {
    story: 'two-vaults-of-one-person',
    found:
      'three pages were entered at one moment after a database had vanished, and each made a vault; whoever signed in on one of them was written into the first one found, so that two had one number and the open one never got the new number it needed',
  },
]
