import type { Mutant } from '../mutant.ts'

/** Bugs in how numbers of people are kept and shown. */
export const PRIVACY: readonly Mutant[] = [
  {
    id: 'numbers-in-clear',
    invariant: 'TR-47',
    sentence: 'A telephone number is written into the database as it was typed.',
    file: 'src/server/privacy/sealed-body.ts',
    find: '  if (fields.length === 0) return body\n',
    replace: '  if (fields.length >= 0) return body\n',
    test: 'tests/integration/server/numbers-of-people.test.ts',
  },
  {
    id: 'lost-number-in-clear',
    invariant: 'TR-47',
    sentence: 'A telephone number that lost against another is kept in clear.',
    file: 'src/server/privacy/sealed-database.ts',
    find: 'rows.map((one) => sealedLoss(keys, one))',
    replace: 'rows',
    test: 'tests/integration/server/numbers-of-people.test.ts',
  },
  {
    id: 'unlogged-look',
    invariant: 'TR-47',
    sentence: 'Whoever asks for a whole number leaves no trace.',
    file: 'src/server/privacy/reveal.ts',
    find: '    await audit(tx, now, {',
    replace: '    if (now < 0) await audit(tx, now, {',
    test: 'tests/integration/server/numbers-of-people.test.ts',
  },
  {
    id: 'box-of-anybody',
    invariant: 'TR-47',
    sentence: 'The number of one side opens beside another.',
    file: 'src/domain/privacy/id-number.ts',
    find: '`dispute/${dispute}/${party}`',
    replace: '`dispute/${dispute}`',
    test: 'tests/integration/server/numbers-of-people.test.ts',
  },
  {
    id: 'check-digit-not-looked-at',
    invariant: 'TR-47',
    sentence: 'A mistyped identity number is taken.',
    file: 'src/domain/privacy/id-number.ts',
    find: 'checkSign(number) === number.charAt(LENGTH - 1)',
    replace: 'checkSign(number) !== ""',
    test: 'tests/unit/domain/id-number.test.ts',
  },
  {
    id: 'number-outlives-its-side',
    invariant: 'TR-47',
    sentence: 'The number of somebody who was taken out of a case stays in it.',
    file: 'src/sync/catalogue/set.ts',
    find: "    body['idNumbers'] = numbers.filter((one) => one['id'] !== id)\n",
    replace: "    body['idNumbers'] = numbers\n",
    test: 'tests/unit/sync/id-number-ops.test.ts',
  },
]
