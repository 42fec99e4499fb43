import type { Id } from '#domain/id.ts'
import type { Lead } from '#domain/lead/lead.ts'
import type { Body } from '#domain/record/kind.ts'
import type { RegionCode } from '#domain/region/code.ts'

/** What a request brings into a form that is begun from it, so that nothing is asked twice. */
export function draftFrom(form: 'dispute' | 'service', lead: Lead, id: Id, region: RegionCode): Body {
  const origin = { lead: id, leadRegion: region, region }
  if (form === 'service')
    return {
      ...origin,
      asked: [lead.about, lead.text].filter((one) => one.trim() !== '').join('\n'),
      who: lead.from,
    }
  return {
    ...origin,
    topic: lead.about,
    names: [lead.from, ''],
    facts: lead.text,
    // A villager who asks applies; what others report is their report.
    source: lead.channel === 'villager' ? 'S1' : lead.channel === 'hotline' ? 'S8' : 'S10',
  }
}
