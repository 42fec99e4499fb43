import type { Dispute, Party } from './dispute.ts'
import { typeName, VILLAGE_WORDS } from './type.ts'

const COMPOUND_SURNAMES = [
  '欧阳',
  '上官',
  '司马',
  '诸葛',
  '东方',
  '皇甫',
  '尉迟',
  '公孙',
  '慕容',
  '夏侯',
  '司徒',
  '令狐',
  '宇文',
  '长孙',
]

/** What a side is called in a title: 王长顺 → 王家. Names of other shapes (·, Latin, firms) stay whole. */
function sideOf(party: Party): string {
  const name = party.name.trim()
  if (party.kind === 'organisation' || !/^\p{Script=Han}{2,4}$/u.test(name)) return name
  const compound = COMPOUND_SURNAMES.find((one) => name.startsWith(one) && name.length > 2)
  return `${compound ?? [...name][0] ?? name}家`
}

/**
 * The name by which people call a matter: 王家和李家·排水. Two sides of one surname keep their full names.
 * Without parties only the matter is named.
 */
export function titleOf(dispute: Pick<Dispute, 'parties' | 'word' | 'topic' | 'type'>): string {
  const matter =
    dispute.topic ||
    VILLAGE_WORDS.find((one) => one.id === dispute.word)?.word ||
    typeName(dispute.type).replace(/纠纷$/, '')
  const sides = dispute.parties.slice(0, 2).map(sideOf)
  if (sides.length === 2 && sides[0] === sides[1])
    return `${dispute.parties
      .slice(0, 2)
      .map((one) => one.name)
      .join('和')}·${matter}`
  return sides.length === 0 ? matter : `${sides.join('和')}·${matter}`
}
