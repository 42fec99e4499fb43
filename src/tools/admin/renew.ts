import type { Config } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import { fieldKeysOf } from '#server/privacy/field-keys.ts'
import { renewFields, type Renewal } from '#server/privacy/renew.ts'
import { secretOf } from '#server/secret.ts'
import { ask, holder } from './reach.ts'

function sayRenewed({ key, sealed, left, boxesOld, boxesLeft }: Renewal): string {
  const lines = [
    `${sealed} numbers were sealed now; all that could be opened is under the newest key (${key}).`,
    ...(left > 0
      ? [
          `${left} numbers open under no secret that is here and stayed as they were; put the older secrets behind the newest in MINGBAI_FIELD_SECRETS and give this command again.`,
        ]
      : []),
    ...(boxesOld > 0
      ? [
          `${boxesOld} identity numbers stay sealed as phones sealed them, to older keys: their secrets must stay in MINGBAI_FIELD_SECRETS.`,
        ]
      : []),
    ...(boxesLeft > 0 ? [`${boxesLeft} identity numbers cannot be opened by any secret that is here.`] : []),
  ]
  return lines.join('\n')
}

/** Seals every number of people under the newest key: the server that holds the database does it, and this command when nobody does. */
export async function renewNumbers(
  config: Config,
  open: (work: (database: Database) => Promise<string>) => Promise<string>,
): Promise<string> {
  const pid = holder(config)
  if (pid !== null) return sayRenewed((await ask(config, pid, { do: 'renew' })) as Renewal)
  const keys = fieldKeysOf(config, secretOf(config))
  return open(async (database) => sayRenewed(await renewFields(database, keys, Date.now)))
}
