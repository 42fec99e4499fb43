import type { Proven } from '../prove/proof.ts'
import { restore } from '../prove/restore.ts'
import { torture } from '../prove/torture.ts'
import { atMost, exactly, watched } from './figures.ts'
import type { Measurement, Workload } from './workload.ts'

const figure = ({ figures }: Proven, name: string): number => {
  const value = figures[name]
  if (typeof value !== 'number') throw new Error(`the proof gave no ${name}: ${String(figures['why'] ?? '')}`)
  return value
}

/** W13: a server that was put back to a backup taken half-way, and the phones that come back to it. */
async function putBack(say: (line: string) => void): Promise<Measurement[]> {
  say('a restore, and phones that bring back what it lacks')
  const done = await restore({ pushes: 1000 })
  const lacking = figure(done, 'missingAfterRestore')
  return [
    watched('W13', 'put back: ops that the restored database lacked', lacking, 'records'),
    exactly('W13', 'put back: of these lost', figure(done, 'lost'), 0),
    exactly('W13', 'put back: taken twice', figure(done, 'doubled'), 0),
    watched('W13', 'put back: until phones and server agree', figure(done, 'convergedMs'), 'ms'),
  ]
}

/** W14: sixteen writers for a minute, read by the ledger and, as the usual design does, by a sequence. */
async function order(say: (line: string) => void): Promise<Measurement[]> {
  say('sixteen writers for a minute')
  const done = await torture({ writers: 16, ms: 60_000 })
  const committed = figure(done, 'committed')
  return [
    watched('W14', 'commit order: ops committed', committed, 'records'),
    exactly('W14', 'commit order: missed by the ledger', figure(done, 'missed'), 0),
    {
      ...atMost('W14', 'commit order: missed by a sequence', figure(done, 'missedBySequence'), 'records', 0),
      goal: { of: 'value', is: 'at least', limit: 1 },
    },
  ]
}

/** What `npm run prove` shows, as figures beside the others. */
export const proofsWorkload: Workload = {
  names: ['W13', 'W14'],
  async run(say, wanted) {
    return [...(wanted.has('W13') ? await putBack(say) : []), ...(wanted.has('W14') ? await order(say) : [])]
  },
}
