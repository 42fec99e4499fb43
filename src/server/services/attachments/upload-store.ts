import { DataStore, ERRORS, Upload } from '@tus/server'
import type { Readable } from 'node:stream'
import type { Database, Tx } from '../../database/database.ts'
import { addPiece, beginUpload, uploadOf } from '../../repositories/attachments/uploads.ts'
import type { Files, PieceWriter } from './files.ts'
import { deviceOf, type DatabaseLocker } from './locker.ts'

const OVERTAKEN = { status_code: 423, body: 'overtaken' }

export interface UploadStoreDeps {
  database: Database
  files: Files
  locker: DatabaseLocker
  clock(): number
}

/** Whose uploads these are, as the metadata that the route has checked says. */
const ownerOf = (upload: Upload) => ({
  id: upload.id,
  device: deviceOf(upload.id),
  person: upload.metadata?.['person'] ?? '',
  mime: upload.metadata?.['mime'] ?? '',
  size: upload.size ?? 0,
})

/**
 * Where uploads lie: bytes in files, and how many of them are certain in the database. A writer writes to a file of its own, named by
 * its token, and its bytes count only when the database believes them; so one that was overtaken can spoil nothing.
 */
export class UploadStore extends DataStore {
  readonly #deps: UploadStoreDeps

  constructor(deps: UploadStoreDeps) {
    super()
    this.#deps = deps
    this.extensions = ['creation']
  }

  #as<T>(id: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#deps.database.as('sync', { device: String(deviceOf(id)) }, work)
  }

  override async create(upload: Upload): Promise<Upload> {
    await this.#as(upload.id, (tx) => beginUpload(tx, ownerOf(upload), new Date(this.#deps.clock())))
    return upload
  }

  override async getUpload(id: string): Promise<Upload> {
    const row = await this.#as(id, (tx) => uploadOf(tx, id))
    if (!row) throw ERRORS.FILE_NOT_FOUND
    // Kept once, and no longer there: it has to come again.
    if (row.state === 'stored' && !(await this.#deps.files.has(id.slice(0, 64), row.size)))
      throw ERRORS.FILE_NO_LONGER_EXISTS
    return new Upload({ id, size: row.size, offset: row.at })
  }

  override write(stream: Readable, id: string, offset: number): Promise<number> {
    const work = this.#write(stream, id, offset)
    this.#deps.locker.during(id, work)
    return work
  }

  async #write(stream: Readable, id: string, offset: number): Promise<number> {
    const { files, locker } = this.#deps
    const token = locker.tokenOf(id)
    if (token === null) throw OVERTAKEN
    const piece = await files.piece(id, token)
    let cut: unknown
    try {
      for await (const chunk of stream) await piece.write(chunk as Buffer)
    } catch (error) {
      // The line broke, or the disk is full: what came before it stays.
      cut = error
    }
    const bytes = await this.#believe(piece, { id, token, from: offset })
    if (cut !== undefined) throw cut
    return offset + bytes
  }

  async #believe(piece: PieceWriter, at: { id: string; token: number; from: number }): Promise<number> {
    const bytes = await piece.close()
    if (bytes === 0) return 0
    const believed = await this.#as(at.id, (tx) =>
      addPiece(tx, { ...at, bytes }, new Date(this.#deps.clock())),
    )
    if (!believed) throw OVERTAKEN
    return bytes
  }
}
