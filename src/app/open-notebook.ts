import type { NotebookWithFiles } from '#phone/attachments/api.ts'
import { enterVault, openVault, readEntry } from '#phone/enrolment.ts'
import { createNotebook } from '#phone/notebook.ts'
import { browserPorts, type PhonePorts } from '#phone/ports.ts'
import type { VaultKeys } from '#phone/seal/envelope.ts'
import type { WhoAsks } from '#phone/who-asks.ts'
import { newVaultId, readMarks, setCurrent } from '#phone/vaults.ts'
import type { Desk } from './desk.ts'

/** In the demo every port is somebody's phone: who opens it is let in without being asked. null elsewhere. */
async function enterDemo(desk: Desk, ports: PhonePorts): Promise<string | null> {
  const demo = await desk.get<{ demo: boolean; person: string }>('/api/demo')
  if (!demo.ok || !demo.value.demo || demo.value.person === '') return null
  const answer = await desk.post('/api/entry/demo', {})
  const entry = answer.ok ? readEntry(answer.value) : answer
  if (!entry.ok) return null
  const vault = await enterVault(entry.value, ports)
  return vault.ok ? vault.value : null
}

/** A vault that is nobody's yet: what is written before entering waits in it as drafts. */
function unclaimedVault(ports: PhonePorts): string {
  const vault = newVaultId(ports.crypto)
  setCurrent(ports.marks, vault)
  return vault
}

/** A bug of ours reaches the one handler of the page; the notebook goes on. */
const throwLater = (error: unknown) =>
  void setTimeout(() => {
    throw error
  })

/** A vault with a PIN that was only found now: this page begins anew, and asks. */
function askForPin(ports: PhonePorts, vault: string): void {
  const { current } = readMarks(ports.marks)
  if (current === vault) return
  setCurrent(ports.marks, vault)
  // Where nothing can be noted it would begin anew for ever.
  if (readMarks(ports.marks).current === vault) location.reload()
}

/**
 * Opens this browser's notebook: its current vault, the demo person's, or an empty one that nobody has claimed yet.
 * @param held told when another page has to be closed first, and when it is
 * @param unlocked keys of a vault with a PIN; who hears that another page has locked it
 * @param who told whose requests this page's are
 */
export async function openNotebook(
  desk: Desk,
  version: string,
  held: (isHeld: boolean) => void,
  unlocked: { keys: VaultKeys | null; lockedElsewhere(): void },
  who: WhoAsks,
): Promise<NotebookWithFiles> {
  const ports = browserPorts(version, { who, held, keys: unlocked.keys })
  const found = await openVault(ports)
  const vault = found?.vault ?? (await enterDemo(desk, ports)) ?? unclaimedVault(ports)
  const { lockedElsewhere } = unlocked
  try {
    return await createNotebook(ports, { vault, broken: throwLater, lockedElsewhere })
  } catch (error) {
    if ((error as Error).name === 'Locked') askForPin(ports, vault)
    throw error
  }
}
