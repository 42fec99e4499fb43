import * as v from 'valibot'

/** The eight situations of life a villager looks under, in the order they are shown. */
export const CATEGORIES = [
  { id: 'family', name: '家里的事', english: 'At home' },
  { id: 'neighbour', name: '邻居的事', english: 'Neighbours' },
  { id: 'land', name: '土地山林', english: 'Land and forest' },
  { id: 'work', name: '打工挣钱', english: 'Work and wages' },
  { id: 'debt', name: '借钱欠钱', english: 'Money lent and owed' },
  { id: 'fraud', name: '网上诈骗', english: 'Fraud' },
  { id: 'care', name: '孩子老人', english: 'Children and elders' },
  { id: 'harm', name: '被打被欺负', english: 'Hurt or bullied' },
] as const

export type CategoryId = (typeof CATEGORIES)[number]['id']
export const CategorySchema = v.picklist(CATEGORIES.map((one) => one.id))

/** The Chinese name of a situation. */
export const categoryName = (id: CategoryId): string => CATEGORIES.find((one) => one.id === id)?.name ?? id
