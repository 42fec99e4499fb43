import { Server } from '@tus/server'
import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import { finish, type FinishDeps } from './finish.ts'
import { UPLOAD_LIMITS } from './limits.ts'
import { databaseLocker } from './locker.ts'
import { UploadStore } from './upload-store.ts'

export const FILES_PATH = '/api/files'

/** An answer of the tus part: its status and the headers of the protocol. */
export interface TusAnswer {
  status: number
  headers: [name: string, value: string][]
}

/** What a fresh upload is: its name, and whose it is. Checked before. */
export interface Fresh {
  id: string
  person: string
  mime: string
  size: number
}

/** The resumable part of handing in files (tus 1.0): how far is it, go on from there. */
export interface Tus {
  create(fresh: Fresh): Promise<TusAnswer>
  /** HEAD and PATCH of an upload, as they came. @param body null: none */
  pass(method: string, id: string, headers: Headers, body: ReadableStream | null): Promise<TusAnswer>
}

const GIVEN = ['tus-resumable', 'upload-offset', 'upload-length', 'location'] as const

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const isStatus = (error: unknown): error is { status_code: number } =>
  typeof (error as { status_code?: unknown } | null)?.status_code === 'number'

export function openTus(deps: FinishDeps): Tus {
  const locker = databaseLocker(deps.database)
  const failures = new WeakMap<Request, unknown>()
  const server = new Server({
    path: FILES_PATH,
    datastore: new UploadStore({ ...deps, locker }),
    locker,
    lockDrainTimeout: UPLOAD_LIMITS.drainMs,
    maxSize: ATTACHMENT_LIMITS.bytes,
    relativeLocation: true,
    namingFunction: (_request, metadata) => metadata?.['id'] ?? '',
    async onUploadFinish(_request, upload) {
      const done = await finish(deps, upload.id)
      if (done === 'other-content') throw { status_code: 460, body: '' }
      if (done === 'wrong-type') throw { status_code: 415, body: '' }
      return {}
    },
    onResponseError: (request, error) => void failures.set(request, error),
  })

  async function ask(request: Request): Promise<TusAnswer> {
    const answer = await server.handleWeb(request)
    // What has no status is not the protocol's: the server's own handling of errors logs it and says it.
    const failure = failures.get(request)
    if (failure !== undefined && !isStatus(failure)) throw failure
    const headers = GIVEN.flatMap((name): [string, string][] => {
      const value = answer.headers.get(name)
      return value === null ? [] : [[name, value]]
    })
    return { status: answer.status, headers }
  }

  const urlOf = (id: string) => `http://tus.invalid${FILES_PATH}${id === '' ? '' : `/${id}`}`
  return {
    create({ id, person, mime, size }) {
      const metadata = Object.entries({ id, person, mime }).map(([key, value]) => `${key} ${base64(value)}`)
      const headers = {
        'tus-resumable': '1.0.0',
        'upload-length': String(size),
        'upload-metadata': metadata.join(','),
      }
      return ask(new Request(urlOf(''), { method: 'POST', headers }))
    },
    pass: (method, id, headers, body) =>
      ask(
        new Request(urlOf(id), { method, headers, body, ...(body ? { duplex: 'half' } : {}) } as RequestInit),
      ),
  }
}
