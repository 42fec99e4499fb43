import { DEVICE_HEADER } from '#sync/protocol/device-header.ts'

/**
 * Which installation the requests of a page speak for. 0: nobody's, because nobody has entered here, whoever else has on this browser.
 * null: not known yet, and the session that came last answers.
 */
export interface WhoAsks {
  device: number | null
}

/** What a request says of itself, so that of several people on one browser nobody is taken for another (TR-09). */
export const saidBy = ({ device }: WhoAsks): Record<string, string> =>
  device === null ? {} : { [DEVICE_HEADER]: String(device) }
