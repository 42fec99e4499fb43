import { hashOf } from './hash.ts'
import type { Decision } from './ledger.ts'
import type { Office } from '../world/office.ts'
import type { Made, Notary } from './notary.ts'
import { must } from './violation.ts'

/** Every op by the fingerprint it was first made with. */
export function byHash(notary: Notary): Map<string, Made> {
  const found = new Map<string, Made>()
  for (const all of notary.all().values()) for (const made of all) found.set(hashOf(made.op), made)
  return found
}

const nameOf = ({ op, phone }: Made): string =>
  `op ${op.n} (${op.k} of ${op.e[0]}/${op.e[1]}) of phone ${phone}`

/**
 * I-3, I-8, I-26, I-33: every op that was ever stored on a phone is taken by the server, or refused and kept, or still waits for its
 * author's decision about another; nothing else.
 */
export function expectFates(notary: Notary, decisions: readonly Decision[]): void {
  const outcomes = new Map<string, Set<string>>()
  for (const one of decisions) outcomes.set(one.hash, (outcomes.get(one.hash) ?? new Set()).add(one.outcome))
  for (const all of notary.all().values() as Iterable<Made[]>) expectFate(all, outcomes)
}

function expectFate(all: readonly Made[], outcomes: ReadonlyMap<string, ReadonlySet<string>>): void {
  const [made] = all as [Made]
  const known = outcomes.get(hashOf(made.op)) ?? new Set<string>()
  if (known.has('ok') || known.has('merged')) return
  const isKept = all.some((one) => one.place === 'dead' || one.place === 'out')
  const isExcused = all.some((one) => one.excuse !== null)
  // Given up by its author, with those that hang on it: it lies in the ring, and the server has or never saw it.
  const isGivenUp = all.some((one) => one.isGivenUp)
  must(
    isKept || isExcused || isGivenUp,
    'I-33',
    () => `${nameOf(made)} is nowhere: ${all.map((one) => one.place).join()}`,
    'lost',
  )
}

/** I-30: under the number of a phone nothing is taken or refused but what its own person made. */
export function expectOwnNames(notary: Notary, decisions: readonly Decision[], office: Office): void {
  const made = byHash(notary)
  for (const { hash, device, n } of decisions) {
    const owner = office.devices.get(device)?.person
    const author = made.get(hash)
    if (owner === undefined || author === undefined) continue
    must(
      office.indexOf(author.person) === owner,
      'I-30',
      () => `number ${n} of device ${device} was given to what somebody else had made`,
    )
  }
}

/** I-9: what hangs on another op took effect only where that one had, too. */
export function expectOrder(notary: Notary, decisions: readonly Decision[]): void {
  const effective = new Set(
    decisions.filter(({ outcome }) => outcome === 'ok' || outcome === 'merged').map(({ hash }) => hash),
  )
  // Copies of a phone may have given one number to several ops.
  const named = new Map<string, Made[]>()
  for (const [, [made]] of notary.all() as Map<string, [Made]>) {
    const name = `${made.device}/${made.op.n}`
    named.set(name, [...(named.get(name) ?? []), made])
  }
  for (const made of [...named.values()].flat()) {
    if (!effective.has(hashOf(made.op))) continue
    for (const n of made.op.d ?? []) {
      const before = named.get(`${made.device}/${n}`) ?? []
      must(
        before.length === 0 || before.some((one) => effective.has(hashOf(one.op))),
        'I-9',
        () => `${nameOf(made)} was taken, and op ${n}, on which it hangs, was not`,
      )
    }
  }
}
