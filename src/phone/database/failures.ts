/** Why a write did not happen. full: no room; broken: the store itself fails; null: neither, so a bug. */
export type StorageFailure = 'storage-full' | 'storage-broken' | null

const FULL_NAMES: readonly string[] = [
  'QuotaExceededError',
  'NS_ERROR_DOM_QUOTA_REACHED',
  'NS_ERROR_FILE_NO_DEVICE_SPACE',
]
/** `DOMException.code` of older engines: 22 everywhere, 1014 in Firefox. */
const FULL_CODES: readonly number[] = [22, 1014]

const BROKEN_NAMES: readonly string[] = [
  'AbortError',
  'InvalidStateError',
  'UnknownError',
  'DatabaseClosedError',
  'OpenFailedError',
  'TransactionInactiveError',
  'TimeoutError',
  'VersionError',
  'MissingAPIError',
  'NotFoundError',
  'DataError',
  'ReadOnlyError',
  'NotReadableError',
  'PrematureCommitError',
  'VersionChangeError',
  'UpgradeError',
  'OperationError',
]

interface Failure {
  name?: unknown
  code?: unknown
  inner?: unknown
  cause?: unknown
  failures?: unknown
}

/** An error and what it wraps: Dexie keeps the engine's own error in `inner`, and an abort hides the quota behind it. */
function* layers(error: unknown, depth = 0): Generator<Failure> {
  if (typeof error !== 'object' || error === null || depth > 5) return
  const failure = error as Failure
  yield failure
  yield* layers(failure.inner, depth + 1)
  yield* layers(failure.cause, depth + 1)
  for (const one of Array.isArray(failure.failures) ? failure.failures : []) yield* layers(one, depth + 1)
}

const isFull = (one: Failure): boolean =>
  FULL_NAMES.includes(String(one.name)) || FULL_CODES.includes(Number(one.code))

/** Tells a full store from a broken one in every spelling known; null for anything that is not the store's doing. */
export function storageFailure(error: unknown): StorageFailure {
  const all = [...layers(error)]
  if (all.some(isFull)) return 'storage-full'
  return all.some((one) => BROKEN_NAMES.includes(String(one.name))) ? 'storage-broken' : null
}
