import { chooseAlias, peopleHere, type OnThisPhone } from '#phone/aliases.ts'
import { browserAliases, browserMarks } from '#phone/marks.ts'
import { setCurrent } from '#phone/vaults.ts'
import type { VaultLock } from './vault-lock.ts'

export type AliasRefusal = 'empty-alias' | 'long-alias' | 'named-alias'

/** The people who share this phone, each with a notebook of their own. */
export interface Household {
  /** By alias, never by name. */
  people(): readonly OnThisPhone[]
  /** Chooses what the lock screen calls whoever has this page open. @returns why not; null: it is called so now */
  call(alias: string, name: string): AliasRefusal | null
  /** Closes this notebook here and on other pages of this browser, and begins anew with another's; null: somebody new comes. */
  turnTo(vault: string | null): Promise<void>
}

const people = (): OnThisPhone[] => peopleHere({ vaults: browserMarks, aliases: browserAliases })

export function createHousehold(lock: Pick<VaultLock, 'lock'>): Household {
  return {
    people,
    call(alias, name) {
      const own = people().find((one) => one.isCurrent)
      if (!own) return null
      const done = chooseAlias(browserAliases, own.vault, alias, name)
      return done.ok ? null : done.reason
    },
    async turnTo(vault) {
      if (vault !== null && !people().some((one) => one.vault === vault)) return
      setCurrent(browserMarks, vault)
      // Where somebody was is nobody else's to see.
      history.replaceState(null, '', vault === null ? '/app/enter' : '/app/')
      await lock.lock()
    },
  }
}
