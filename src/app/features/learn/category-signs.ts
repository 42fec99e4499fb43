import type { CategoryId } from '#domain/content/category.ts'
import type { PictogramName } from '../../ui/pictograms.ts'

/** The picture beside each situation of life. */
export const CATEGORY_SIGNS: Readonly<Record<CategoryId, PictogramName>> = {
  family: 'house',
  neighbour: 'neighbours',
  land: 'land',
  work: 'work',
  debt: 'money',
  fraud: 'phone-hook',
  care: 'elder-child',
  harm: 'hand',
}
