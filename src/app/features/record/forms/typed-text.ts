import type { Body } from '#domain/record/kind.ts'

/** The fields of the forms that hold a person's own words, in the order in which they are asked. */
const OWN_WORDS = ['title', 'topic', 'names', 'asked', 'who', 'facts', 'where', 'place', 'households', 'note']

/** Everything a person typed into a form, one line each: what is worth copying out when the phone cannot save it. */
export const typedText = (values: Body): string =>
  OWN_WORDS.flatMap((key) => values[key] ?? [])
    .map((value) => String(value).trim())
    .filter((text) => text !== '' && text !== 'own')
    .join('\n')
