import { accountsContext } from '#server/accounts/accounts.ts'
import type { AccountsContext } from '#server/accounts/context.ts'
import type { ServerWorld } from './server-world.ts'

/** The accounts' side of a server world, on its database and clock. */
export const accountsOf = (world: ServerWorld): AccountsContext =>
  accountsContext(world.database, {
    secret: 'a secret of this world only, long enough',
    origin: 'https://mingbai.test',
    sponsor: '示例县司法局',
    filingNo: '',
    demo: false,
    clock: () => world.now,
  })
