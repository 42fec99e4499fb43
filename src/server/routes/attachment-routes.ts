import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import * as v from 'valibot'
import { UploadIdSchema } from '#domain/attachment/attachment.ts'
import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import { IdSchema } from '#domain/id.ts'
import { CountySchema } from '#domain/region/code.ts'
import type { Caller } from '../accounts/identity.ts'
import { AskedSchema, begin, waitFor, type Asked, type Begun } from '../services/attachments/begin.ts'
import { download } from '../services/attachments/download.ts'
import type { FinishDeps } from '../services/attachments/finish.ts'
import { deviceOf } from '../services/attachments/locker.ts'
import { FILES_PATH, openTus, type Tus, type TusAnswer } from '../services/attachments/tus.ts'
import { REFUSALS, Refusal } from './refusal.ts'
import { route, type RouteDefinition } from './route.ts'

const OTHER_DEVICE = new Refusal(403, 'other-device', '这部手机和登录的不是同一部，请重新登录这部手机。')
const WRONG_FILE = new Refusal(415, 'wrong-file', '这种文件收不了，请换成照片、录音或文档。')
/** 460 is the tus protocol's word for "not the bytes that were promised". */
const OTHER_CONTENT = new Refusal(460, 'other-content', '传到的内容和登记的不一样，会从头再传一次。')
const ELSEWHERE = new Refusal(404, 'elsewhere', '原件还没有交上来，在拍它的那部手机里。')

/** Why an upload cannot begin. */
const NO_BEGIN: Readonly<Record<'not-there' | 'other-content' | 'too-much' | 'wrong-type', Refusal>> = {
  'not-there': REFUSALS['not-found'],
  'other-content': OTHER_CONTENT,
  'too-much': new Refusal(429, 'too-much', '这部手机今天传得太多了，明天接着传。', 3600),
  'wrong-type': WRONG_FILE,
}
/** Why an upload cannot go on, by the status that tus gives. */
const BY_STATUS: Readonly<Record<number, Refusal>> = {
  404: REFUSALS['not-found'],
  409: new Refusal(409, 'other-place', '传到的位置和这边记的不一样，请先问一下传到哪里了。'),
  410: new Refusal(410, 'gone', '传了一半的内容已经不在了，请从头再传。'),
  413: REFUSALS['too-large'],
  415: WRONG_FILE,
  423: new Refusal(423, 'locked', '这个文件正在传，请稍后再试。', 2),
  460: OTHER_CONTENT,
}
const DISK_FULL = new Refusal(507, 'disk-full', '服务器的空间不够了，您的文件还在手机里，稍后会再传。', 600)

const UploadParams = v.object({ upload: UploadIdSchema })
const FileParams = v.object({ county: CountySchema, id: IdSchema })

/** Reads the tus metadata of a creation: pairs of a word and base64, beside the length. */
function askedOf(request: FastifyRequest): Asked | null {
  const pairs = String(request.headers['upload-metadata'] ?? '').split(',')
  const said = Object.fromEntries(
    pairs.map((pair) => {
      const [key = '', value = ''] = pair.trim().split(' ')
      return [key, Buffer.from(value, 'base64').toString('utf8')]
    }),
  )
  const parsed = v.safeParse(AskedSchema, { ...said, size: Number(request.headers['upload-length']) })
  return parsed.success ? parsed.output : null
}

const TAKEN = ['tus-resumable', 'upload-offset', 'content-type', 'content-length'] as const

function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers()
  for (const name of TAKEN) {
    const value = request.headers[name]
    if (value !== undefined) headers.set(name, String(value))
  }
  return headers
}

function give(reply: FastifyReply, answer: TusAnswer): Refusal | FastifyReply {
  if (answer.status >= 400) return BY_STATUS[answer.status] ?? REFUSALS.malformed
  for (const [name, value] of answer.headers) reply.header(name, value)
  return reply.code(answer.status).send()
}

const isDiskFull = (error: unknown): boolean => (error as NodeJS.ErrnoException | null)?.code === 'ENOSPC'

/** A full disk is said as such: the phone keeps everything and comes again. */
async function unlessFull<T>(work: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await work()
  } catch (error) {
    if (isDiskFull(error)) return DISK_FULL
    throw error
  }
}

const found = (reply: FastifyReply, { id, at }: Begun): FastifyReply =>
  reply
    .code(201)
    .headers({ 'tus-resumable': '1.0.0', location: `${FILES_PATH}/${id}`, 'upload-offset': String(at) })
    .send()

async function create(
  deps: FinishDeps,
  tus: Tus,
  caller: Caller,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const asked = askedOf(request)
  if (!asked) return REFUSALS.malformed
  if (caller.device === null) return OTHER_DEVICE
  const begun = await begin(deps, { ...caller, device: caller.device }, asked)
  if (!begun.ok) return NO_BEGIN[begun.reason]
  const { fresh, id, mime } = begun.value
  if (!fresh) return found(reply, begun.value)
  const answer = await tus.create({ id, mime, person: caller.person, size: asked.size })
  if (answer.status < 400) await waitFor(deps, caller.device, id, asked.county)
  return give(reply, { ...answer, headers: [...answer.headers, ['upload-offset', '0']] })
}

const summaries = {
  POST: 'Begins handing in the bytes of an attachment, or finds how far they have got (tus creation).',
  HEAD: 'How far an upload has got (tus).',
  PATCH: 'Appends bytes to an upload (tus).',
} as const

/** HEAD and PATCH of an upload: of the phone it belongs to, to everybody else it is not there. */
const going = (tus: Tus, method: 'HEAD' | 'PATCH'): RouteDefinition =>
  route({
    method,
    path: `${FILES_PATH}/:upload`,
    summary: summaries[method],
    access: { actors: ['signed-in'], evenHeld: true, unsigned: true },
    params: UploadParams,
    bodyBytes: ATTACHMENT_LIMITS.bytes,
    async handler({ caller, params, request, reply }) {
      if (caller.device === null || deviceOf(params.upload) !== caller.device) return REFUSALS['not-found']
      const body = request.body instanceof Readable ? (Readable.toWeb(request.body) as ReadableStream) : null
      return unlessFull(async () =>
        give(reply, await tus.pass(method, params.upload, headersOf(request), body)),
      )
    },
  })

/** Handing in the bytes of attachments by tus, and reading them. */
export function attachmentRoutes(deps: FinishDeps): RouteDefinition[] {
  const tus = openTus(deps)
  return [
    route({
      method: 'POST',
      path: FILES_PATH,
      summary: summaries.POST,
      access: { actors: ['signed-in'], evenHeld: true, unsigned: true },
      handler: ({ caller, request, reply }) => unlessFull(() => create(deps, tus, caller, request, reply)),
    }),
    going(tus, 'HEAD'),
    going(tus, 'PATCH'),
    route({
      method: 'GET',
      path: '/api/attachments/:county/:id',
      summary: 'The bytes of an attachment, to who may see it whole.',
      access: { actors: ['signed-in'] },
      params: FileParams,
      async handler({ caller, params, request, reply }) {
        const who = { ...caller, requestId: request.id }
        const file = await download(deps, who, params.county, params.id)
        if (file === null) return REFUSALS['not-found']
        if (file === 'elsewhere') return ELSEWHERE
        return reply
          .type(file.mime)
          .headers({
            'content-length': String(file.bytes),
            'content-disposition': file.disposition,
            // Whatever is in it, nothing of it runs.
            'content-security-policy': "sandbox; default-src 'none'",
          })
          .send(file.stream)
      },
    }),
  ]
}
