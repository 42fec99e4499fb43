import type { AttachmentParent, NewAttachment } from '#domain/attachment/attachment.ts'
import type { FileType } from '#domain/attachment/file-type.ts'
import type { Id } from '#domain/id.ts'
import type { RegionCode } from '#domain/region/code.ts'
import type { Result } from '#domain/result.ts'
import type { Day } from '#domain/time/day.ts'
import type { ListRow, Live, Saved, SaveRefusal, WholeNotebook } from '../api.ts'

/** A picture, sound or paper as it is to be kept: bytes and never a `File`, which some phones forget while it is being read. */
export interface Taken {
  bytes: Uint8Array<ArrayBuffer>
  mime: FileType
  /** What it was called where it came from; '' for what was taken here. */
  name: string
  /** A small JPEG in base64; null: not a picture. */
  thumb: string | null
  takenOn: Day
  caption: string
  /** Length of a recording, whole seconds. */
  seconds: number | null
}

/** What files are added to. `flags`: those of the dispute it is about, none for other records. */
export interface Parent {
  kind: AttachmentParent
  id: Id
  region: RegionCode
  flags: NewAttachment['flags']
}

/** How far the bytes of one file have got that lie on this phone. */
export interface Progress {
  /** Bytes handed in of how many. */
  at: number
  size: number
}

/** What still has to be handed in of files, and why it does not go just now. */
export interface FilesWaiting {
  files: number
  bytes: number
  /** wifi: it was asked to wait for a wireless network; text: records go first; null: nothing stands in the way but the weather. */
  held: 'wifi' | 'text' | null
  /** The one on its way. */
  sending: { id: Id; progress: Progress } | null
}

export type TakeRefusal = 'too-large' | 'wrong-file' | SaveRefusal

/** Everything a screen may ask about files of records. */
export interface Attachments {
  /** Files of records on this phone, newest first; `of` names what each belongs to. */
  rows: Live<readonly ListRow[]>
  /** Ids of those whose bytes lie on this phone. */
  here: Live<ReadonlySet<Id>>
  waiting: Live<FilesWaiting>
  /** Keeps files of one record, all or none, with their records in one transaction. */
  add(parent: Parent, files: readonly Taken[]): Promise<Result<Saved, TakeRefusal>>
  /** The bytes as they lie here; null: they are not on this phone. */
  bytes(id: Id): Promise<Uint8Array<ArrayBuffer> | null>
  /** The bytes as the server holds them; needs a network. */
  fetch(id: Id): Promise<Result<Uint8Array<ArrayBuffer>, 'elsewhere' | 'no-network' | 'not-yours'>>
  /** Whether files wait for a wireless network; null: this browser cannot tell what network it is on. */
  wifiOnly(): Promise<boolean | null>
  setWifiOnly(on: boolean): Promise<void>
  /** Hands in what waits now, whatever the network. */
  force(): void
}

/** The notebook with the files of its records. */
export interface NotebookWithFiles extends WholeNotebook {
  files: Attachments
}
