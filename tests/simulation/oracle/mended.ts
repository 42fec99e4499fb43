import { META } from '#phone/database/rows.ts'
import { agreedFrom } from '#phone/engine/agreement.ts'
import { cheapSealer } from '../world/platform.ts'
import type { World } from '../world/world.ts'
import type { Book } from './notary.ts'
import { must } from './violation.ts'

/**
 * I-14, where a database at work beside the world is ahead of every phone and its cursors say nothing by themselves: when nothing was
 * damaged, lost or put back, nothing was refused and nobody's rights changed, each record comes with its page, and the comparison finds
 * nothing to put right.
 */
export async function expectNothingMended(world: World, book: Book, where: string): Promise<void> {
  const { office, store, notary, story, phones } = world
  const person = office.indexOf(book.seen?.me?.person ?? '')
  const isPlain =
    notary.cursorsSayNothing &&
    book.seen?.dead.length === 0 &&
    store.ledger.cuts === 0 &&
    !notary.hasDamage() &&
    !book.lostPower &&
    office.merged.size === 0 &&
    office.isUntouched(person) &&
    phones.length === story.phones.length
  const tables = isPlain ? await book.phone.storage.look(book.vault) : null
  if (!tables) return
  const row = await tables.read(['meta'], ({ meta }) => meta.get(META.agreed))
  tables.close()
  const { repaired } = await agreedFrom({ sealer: cheapSealer }, row)
  must(repaired === 0, 'I-14', () => `${where}: ${repaired} records had to be put right`)
}
