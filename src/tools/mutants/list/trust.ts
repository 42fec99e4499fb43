import type { Mutant } from '../mutant.ts'

/** Bugs in what is kept from whoever holds the server or a phone. */
export const TRUST: readonly Mutant[] = [
  {
    id: 'cut-log-not-missed',
    invariant: 'TR-50',
    sentence: 'A log that ends before its head passes for whole.',
    file: 'src/server/services/audit/chain.ts',
    find: '    if (head.place > last.place) return',
    replace: '    if (head.place > last.place + 1_000_000) return',
    test: 'tests/integration/server/audit-chain.test.ts',
  },
  {
    id: 'links-not-compared',
    invariant: 'TR-50',
    sentence: 'Each entry is checked alone, not against the one before.',
    file: 'src/server/services/audit/chain.ts',
    find: "return entry.prev === before.hash ? null : 'displaced'",
    replace: 'return null',
    test: 'tests/integration/server/audit-chain.test.ts',
  },
  {
    id: 'hash-of-ones-own-choice',
    invariant: 'TR-50',
    sentence: 'Who serves may name number, place and hash of an entry.',
    file: 'src/server/database/migrations/0010-chain.sql',
    find: 'GRANT INSERT (at, actor, device, role, action, object_kind, object_id, region, outcome, request_id, reason) ON audit',
    replace: 'GRANT INSERT ON audit',
    test: 'tests/integration/server/audit-chain.test.ts',
  },
  {
    id: 'turned-away-unseen',
    invariant: 'TR-51',
    sentence: 'Whoever asks at the desk for what is not theirs leaves no trace.',
    file: 'src/server/http/register.ts',
    find: '  await noteRefusal(one, request, value, door)\n',
    replace: '',
    test: 'tests/integration/desk-routes.test.ts',
  },
  {
    id: 'enrolled-unseen',
    invariant: 'TR-51',
    sentence: 'A new phone of somebody leaves no trace.',
    file: 'src/server/accounts/devices.ts',
    find: '  await noteEntry(tx, context, one, made.id)\n',
    replace: '',
    test: 'tests/integration/accounts-entry.test.ts',
  },
]
