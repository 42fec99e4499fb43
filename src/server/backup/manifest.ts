import * as v from 'valibot'

/** Raised when a folder of before could no longer be read. */
export const BACKUP_FORMAT = 1
export const MANIFEST = 'manifest.json'
export const SUMS = 'SHA256SUMS'

const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const Count = v.pipe(v.number(), v.integer(), v.minValue(0))
const FileName = v.pipe(v.string(), v.regex(/^[a-z0-9_]+\.ndjson\.gz$/))

/** What a backup folder says about itself; see README.md of this folder. */
export const ManifestSchema = v.object({
  format: v.literal(BACKUP_FORMAT),
  app: v.string(),
  server: v.string(),
  database: v.picklist(['embedded', 'postgresql']),
  /** Moment of the snapshot (ISO, UTC, microseconds, the database's clock): all that was committed before it is inside. */
  takenAt: v.pipe(v.string(), v.isoTimestamp()),
  epoch: v.pipe(v.string(), v.uuid()),
  gen: Count,
  migrations: v.array(v.object({ name: v.string(), checksum: v.string() })),
  /** Ledger position by county. */
  heads: v.record(v.string(), Count),
  /** Last number given by each table that numbers its own rows. */
  counters: v.record(v.string(), Count),
  tables: v.pipe(
    v.array(
      v.object({
        name: v.pipe(v.string(), v.regex(/^[a-z0-9_]+$/)),
        columns: v.array(v.string()),
        rows: Count,
        file: FileName,
        /** Bytes and SHA-256 of the lines before they were packed: what a restored table is compared with. */
        bytes: Count,
        sha256: Sha256,
      }),
    ),
    v.minLength(1),
  ),
  /** Files of attachments beside the tables, by their own SHA-256. */
  attachments: v.array(v.object({ name: v.string(), bytes: Count, sha256: Sha256 })),
})
export type Manifest = v.InferOutput<typeof ManifestSchema>
