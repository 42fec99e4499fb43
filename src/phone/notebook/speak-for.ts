import { markDevice } from '../vaults.ts'
import type { Context } from './context.ts'

/** From now on the requests of this page are those of an open vault; its next start knows it before the vault is open. */
export function speakFor({ vault, identity, ports }: Pick<Context, 'vault' | 'identity' | 'ports'>): void {
  if (ports.who) ports.who.device = identity?.device ?? 0
  if (identity) markDevice(ports.marks, vault, identity.device)
}
