import type { Role } from '#domain/access/role.ts'
import type { Id } from '#domain/id.ts'
import type { RegionPrefix } from '#domain/region/code.ts'
import type { Tx } from '../database/database.ts'
import { writeEvent } from './audit.ts'
import type { AccountsContext } from './context.ts'
import { reopenAccount } from './end-posts.ts'
import { appoint } from './people.ts'

/**
 * Appoints somebody and writes it into the log, both or neither; the account of somebody who had left opens again.
 * @param by null: the operator at the command line
 */
export async function beginPost(
  tx: Tx,
  context: AccountsContext,
  by: Id | null,
  one: { person: Id; role: Role; region: RegionPrefix },
): Promise<void> {
  await reopenAccount(tx, context, by, one.person)
  await appoint(tx, context, one.person, one.role, one.region)
  await writeEvent(tx, context.now(), {
    action: 'post.begin',
    actor: by,
    objectId: one.person,
    region: one.region,
    outcome: 'ok',
    reason: one.role,
  })
}
