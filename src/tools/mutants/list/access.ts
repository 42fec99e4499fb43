import type { Mutant } from '../mutant.ts'

const MATRIX = 'tests/integration/server/access-matrix.test.ts'

/** Bugs in who may do what, about what. */
export const ACCESS: readonly Mutant[] = [
  {
    id: 'textbook-like-policy',
    invariant: 'TR-22',
    sentence:
      'Row-level security compares with LIKE: an unset or empty setting, or a wildcard, shows every row.',
    file: 'src/server/database/migrations/0001-ledger.sql',
    find: "  OR (lane = 'outreach' AND (region ^@ ANY ((SELECT mb_prefixes('full_outreach'))::text[])\n                          OR region ^@ ANY ((SELECT mb_prefixes('skeleton_outreach'))::text[])))\n",
    replace:
      "  OR (lane = 'outreach' AND region LIKE concat(current_setting('mb.full_outreach', true), '%'))\n",
    test: 'tests/integration/server/scope.test.ts',
  },
  {
    id: 'starts-without-access',
    invariant: 'TR-21',
    sentence: 'A server starts with a route that does not say who may ask.',
    file: 'src/server/http/register.ts',
    find: '      throw new Error(`${one.method} ${one.path} does not say who may ask`)\n',
    replace: '      continue\n',
    test: 'tests/integration/server/http.test.ts',
  },
  {
    id: 'route-without-access',
    invariant: 'TR-21',
    sentence: 'A route of the desk says nothing of who may ask.',
    file: 'src/server/routes/desk.ts',
    find: "    summary: 'The newest arrivals of a region, without names.',\n    access,\n",
    replace: "    summary: 'The newest arrivals of a region, without names.',\n",
    test: MATRIX,
  },
  {
    id: 'read-without-scope',
    invariant: 'D-112',
    sentence: 'The desk reads without anybody’s rights.',
    file: 'src/server/services/desk/desk.ts',
    find: 'readAs(deps.database, readSettings(who.rights, today),',
    replace: 'readAs(deps.database, {} as never,',
    test: 'tests/integration/desk-routes.test.ts',
  },
  {
    id: 'desk-of-any-county',
    invariant: 'TR-21',
    sentence: 'A desk may be asked for every county of its prefecture.',
    file: 'src/server/services/desk/reading.ts',
    find: '(one) => prefix.startsWith(one))',
    replace: '(one) => prefix.startsWith(one.slice(0, 4)))',
    test: MATRIX,
  },
  {
    id: 'phones-of-anybody',
    invariant: 'TR-21',
    sentence: 'An office decides about the phones of everybody who holds a post.',
    file: 'src/server/accounts/devices.ts',
    find: '(valid.some(may) && valid.filter((one) => ROLES[one.role].desk).every(may))',
    replace: '(valid.length > 0 && valid.filter((one) => ROLES[one.role].desk).every(may))',
    test: MATRIX,
  },
  {
    id: 'not-there-is-told',
    invariant: 'I-21',
    sentence: 'A phone learns by a change whether somebody else’s record exists.',
    file: 'src/server/services/sync/decide.ts',
    find: "result.reason === 'no-record' ? 'out-of-scope' : result.reason",
    replace: 'result.reason',
    test: 'tests/integration/server/push.test.ts',
  },
  {
    id: 'file-to-oneself',
    invariant: 'TR-25',
    sentence: 'A coordinator opens any file of the county to themselves.',
    file: 'src/server/services/sync/grants.ts',
    find: "  if (why.by?.person === person) return refuse('oneself')\n",
    replace: '',
    test: 'tests/integration/server/shares.test.ts',
  },
  {
    id: 'keeper-works-on-cases',
    invariant: 'TR-25',
    sentence: 'Who looks after accounts is made a mediator as well.',
    file: 'src/server/accounts/invitations.ts',
    find: "  if (!standTogether(posts, one.role, day)) return refuse('duties-apart')\n",
    replace: '',
    test: 'tests/integration/accounts-entry.test.ts',
  },
  {
    id: 'row-as-it-lies',
    invariant: 'TR-24',
    sentence: 'An answer carries every column of its row.',
    file: 'src/server/accounts/feedback.ts',
    find: '  return rows.map((one) => ({\n    id: one.id,\n',
    replace: '  return rows.map((one) => ({\n    ...one,\n    id: one.id,\n',
    test: 'tests/integration/server/undeclared.test.ts',
  },
]
