/** Answers closer together than this may carry the same time, or a slightly earlier one from another server of ours. */
const APART_MS = 5000

/** Tells a live answer from one that a cache on the way kept. */
export interface FreshAnswers {
  /**
   * @param serverNow the time the answer names, epoch ms
   * @param mono monotonic reading when it came
   * @returns false: the server's clock did not move although ours did, so this was answered before
   */
  isFresh(serverNow: number, mono: number): boolean
}

/** Remembers the last live answer of this run. A clock that was set back is believed as soon as it moves. */
export function freshAnswers(): FreshAnswers {
  let last: { serverNow: number; mono: number } | null = null
  let suspect: number | null = null
  return {
    isFresh(serverNow, mono) {
      const isOld = last !== null && serverNow <= last.serverNow && mono - last.mono > APART_MS
      const isMoving = suspect !== null && serverNow > suspect
      if (isOld && !isMoving) {
        suspect = serverNow
        return false
      }
      suspect = null
      last = { serverNow, mono }
      return true
    },
  }
}
