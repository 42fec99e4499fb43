import { inject, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import type { ContentPack } from '#domain/content/pack.ts'
import type { Live } from '#phone/api.ts'
import type { NotebookWithFiles } from '#phone/attachments/api.ts'
import type { StorageFacts } from '#phone/storage-facts.ts'
import type { Trouble } from '#phone/trace.ts'
import type { Clock } from './clock.ts'
import type { Desk } from './desk.ts'
import type { Dirty } from './dirty.ts'
import type { Entry } from './entry.ts'
import type { Household } from './household.ts'
import type { Install } from './install.ts'
import type { Settings } from './settings.ts'
import type { Update } from './update.ts'
import type { VaultLock } from './vault-lock.ts'

/** Who the demo shows and on which port; null outside the demo. */
export interface Demo {
  person: string
  port: number
}

/** Everything a screen may reach. There is no other way from a feature to data. */
export interface Services {
  /** The phone's own records, drafts, queue and state. */
  notebook: NotebookWithFiles
  /**
   * Why the phone's own store is not open. unopened: the browser did not open it, and opening the page again usually helps. other-page:
   * a page of an older build most likely has to be closed first. null: it is open, or is being opened.
   */
  storageLost: Ref<'unopened' | 'other-page' | null>
  /** What is read online: counts, review, registers. */
  desk: Desk
  /** The legal content that lies on this phone; undefined until it was read once. */
  shelf: { content: Live<ContentPack> }
  /** Scheme and host that go into links and codes which leave this phone. */
  origin: ComputedRef<string>
  /** What this browser says of where things are kept. */
  storage: {
    facts(): Promise<StorageFacts>
    /** Asks the browser, once, to keep the data for good. */
    keep(): Promise<boolean | null>
    /** What went wrong here, newest last; nothing personal is in it. */
    troubles(): readonly Trouble[]
    /** Changes that waited in databases which were set aside as broken; null: none was. */
    aside(): number | null
  }
  /** The PIN of what lies on this phone, if there is one. */
  lock: VaultLock
  /** Who else uses this phone. */
  household: Household
  /** Becoming known on this browser. */
  entry: Entry
  settings: Settings
  clock: Clock
  /** New versions of the app and how far this phone is ready to work without a network. */
  update: Update
  /** Putting the app on the home screen. */
  install: Install
  /** Forms that hold something not yet kept. */
  dirty: Dirty
  demo: Ref<Demo | null>
}

export const SERVICES: InjectionKey<Services> = Symbol('services')

/** The one doorway from a screen to data. */
export function useServices(): Services {
  const services = inject(SERVICES)
  if (!services) throw new Error('services are provided by main.ts')
  return services
}
