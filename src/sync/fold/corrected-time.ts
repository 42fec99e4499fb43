/**
 * The edit time the server believes: the phone's wall clock plus its known offset, kept between the last answer the device had
 * applied and the moment of receiving. A clock wrong by a day or a year moves nothing else (I-29).
 * @param t the op's [wall, monotonic, offset], ms
 * @param lastAnswerAt epoch ms of the last answer this device applied; 0 when none
 * @param receivedAt epoch ms of receiving
 */
export const correctedTime = (
  t: readonly [number, number, number],
  lastAnswerAt: number,
  receivedAt: number,
): number => Math.floor(Math.min(Math.max(t[0] + t[2], lastAnswerAt), receivedAt))
