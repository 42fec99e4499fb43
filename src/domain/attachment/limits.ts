/** Small numbers of attachments, each in this one place. Bytes are of the file itself. */
export const ATTACHMENT_LIMITS = {
  /** Largest file; also what the server takes. */
  bytes: 25 * 1024 * 1024,
  /** Longest side of a picture in pixels, and of the small one that travels with the record. */
  longSide: 2048,
  thumbSide: 160,
  /** Characters of base64. */
  thumbText: 8 * 1024,
  /** Pieces in which the phone keeps a file (256 KiB with their length, so that sealing adds no padding), and the largest and smallest pieces in which it hands it in. */
  keptPiece: 256 * 1024 - 4,
  largestPiece: 1024 * 1024,
  smallestPiece: 256 * 1024,
} as const
