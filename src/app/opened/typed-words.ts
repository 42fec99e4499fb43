import type { Body } from '#domain/record/kind.ts'

/** Arguments of ops that hold what a person typed, in the order in which they are shown. */
const TYPED = [
  'terms', 'note', 'notes', 'reason', 'facts', 'topic', 'title', 'place', 'where', 'asked', 'who', 'about', 'text', 'from',
  'amountYuan', 'attendances', 'households', 'found', 'performBy', 'nextOn', 'on',
]

/** What somebody typed in an op that was not accepted: the words themselves, without the codes around them. */
export function typedWords(args: Body): string[] {
  const item = args['item'] as { name?: unknown } | undefined
  const parties = Array.isArray(args['parties']) ? (args['parties'] as { name?: unknown }[]) : []
  const names = [item?.name, ...parties.map((one) => one.name)]
  return [...names, ...TYPED.map((key) => args[key])]
    .filter((one): one is string | number => (typeof one === 'string' && one.trim() !== '') || typeof one === 'number')
    .map(String)
}
