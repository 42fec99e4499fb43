import { ATTACHMENT_COMMANDS } from './attachment-commands.ts'
import { attachmentAdd, create, outreachLog } from './create.ts'
import { DISPUTE_COMMANDS } from './dispute-commands.ts'
import type { Entry } from './entry.ts'
import { ID_NUMBER_COMMANDS } from './id-number-commands.ts'
import { LEAD_COMMANDS } from './lead-commands.ts'
import { LOSS_COMMANDS } from './loss-commands.ts'
import { patch } from './patch.ts'
import { REFUSAL_COMMANDS } from './refusal-commands.ts'
import { setAdd, setRemove } from './set.ts'
import { transfer } from './transfer.ts'

/** Every op there is. Closed: what is not here is answered `later`, so that a newer phone can wait for a newer server. */
export const CATALOGUE: ReadonlyMap<string, Entry> = new Map(
  Object.entries({
    create,
    patch,
    'set.add': setAdd,
    'set.remove': setRemove,
    'outreach.log': outreachLog,
    'attachment.add': attachmentAdd,
    ...DISPUTE_COMMANDS,
    'dispute.transfer': transfer,
    ...ID_NUMBER_COMMANDS,
    ...LEAD_COMMANDS,
    ...ATTACHMENT_COMMANDS,
    ...LOSS_COMMANDS,
    ...REFUSAL_COMMANDS,
  }),
)
