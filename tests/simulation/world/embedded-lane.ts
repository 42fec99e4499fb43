import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeTemplate, openInMemory } from '#server/database/embedded.ts'
import { storedPath } from '#server/services/attachments/files.ts'
import type { Lane } from '../lanes.ts'
import { sha256Of } from '../oracle/files.ts'
import { EmbeddedServerStore } from './embedded-store.ts'
import { filesOver } from './files-server.ts'
import type { Build } from './servers.ts'
import type { Act } from './acts.ts'
import { diceOf } from './random.ts'
import type { Story } from './story.ts'
import { MINUTE, type Time } from './time.ts'

/** A folder of files for each world. */
class Folders {
  readonly root = mkdtempSync(join(tmpdir(), 'mingbai-world-'))
  readonly #of = new WeakMap<Time, string>()
  #count = 0

  of(time: Time): string {
    const known = this.#of.get(time) ?? join(this.root, String(this.#count++))
    this.#of.set(time, known)
    return known
  }

  async kept(time: Time, sha256: string): Promise<string | null> {
    try {
      return sha256Of(readFileSync(storedPath(this.of(time), sha256)))
    } catch {
      return null
    }
  }
}

/** What only this lane has: files that go up, reports that counties make, and real backups. More of each than elsewhere. */
function withMore(story: Story): Story {
  const dice = diceOf(`${story.seed}/embedded`)
  if (!dice.chance(0.5)) return story
  const kinds = ['attach', 'attach', 'report'] as const
  const drawn = () => ({ on: dice.pick(story.acts).on, a: dice.next(), b: dice.next(), c: dice.next() })
  const soon = () => dice.pick(story.acts).at + dice.below(MINUTE)
  const acts = kinds.flatMap((kind): Act[] => (dice.chance(0.7) ? [{ at: soon(), kind, ...drawn() }] : []))
  const faults = dice.chance(0.3) ? [{ at: soon(), kind: 'restored', ...drawn() }] : []
  return {
    ...story,
    acts: [...story.acts, ...acts].sort((a, b) => a.at - b.at),
    faults: [...story.faults, ...faults].sort((a, b) => a.at - b.at),
  }
}

/** The servers on PGlite: one database for all worlds of this process, emptied between them. */
export async function embeddedLane(memory: Lane): Promise<Lane> {
  const database = await openInMemory(await makeTemplate())
  const folders = new Folders()
  return {
    grounds: () => {
      const grounds = memory.grounds()
      const build = (time: Time): Build => {
        const plain = grounds.build(time)
        return (tables) => ({
          ...plain(tables),
          files: filesOver({ database, tables, folder: folders.of(time), time }),
        })
      }
      return {
        ...grounds,
        build,
        store: (time) => new EmbeddedServerStore(database, time),
        kept: (time, sha256) => folders.kept(time, sha256),
        isPausing: false,
      }
    },
    fitting: withMore,
    async close() {
      rmSync(folders.root, { recursive: true, force: true })
      await database.close()
    },
  }
}
