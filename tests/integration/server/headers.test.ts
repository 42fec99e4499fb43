import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify, { type InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerErrors } from '#server/http/errors.ts'
import { secure } from '#server/http/security.ts'
import { serveApp } from '#server/http/static-files.ts'
import { EXCHANGE_PATH } from '#sync/protocol/wire.ts'
import { weaknessesOf } from '#tools/prove/headers/policy.ts'
import { uploadOf, type Thing } from '#tests/support/access/things.ts'
import { openOffice } from '#tests/support/access/office.ts'
import { openAccessWorld, type AccessWorld } from '#tests/support/access/world.ts'
import { openTestDatabase } from '#tests/support/databases.ts'

type Headers = Readonly<Record<string, unknown>>

const EVERY = { 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' }

/** What is missing on one answer. */
function missing(what: string, headers: Headers): string[] {
  const wrong: string[] = []
  const policy = String(headers['content-security-policy'] ?? '')
  for (const [name, value] of Object.entries(EVERY))
    if (headers[name] !== value) wrong.push(`${what}: ${name} is ${String(headers[name])}`)
  if (!policy.includes("default-src 'none'")) wrong.push(`${what}: policy is ${policy}`)
  if (!/sandbox|frame-ancestors/.test(policy)) wrong.push(`${what}: may be framed`)
  // Only the demo is framed, by its own page.
  const framed = policy.replaceAll('http://mingbai.test', 'https://mingbai.test')
  wrong.push(...weaknessesOf(framed).unknown.map((one) => `${what}: ${one}`))
  const told = Object.keys(headers).filter((one) => /^(access-control|server$|x-powered)/.test(one))
  if (told.length > 0) wrong.push(`${what}: says ${told.join()}`)
  if (!/^(text\/html|text\/javascript)/.test(String(headers['content-type']))) return wrong
  if (!/require-trusted-types-for 'script'/.test(policy)) wrong.push(`${what}: no Trusted Types`)
  if (headers['referrer-policy'] !== 'no-referrer') wrong.push(`${what}: tells where one comes from`)
  if (headers['cross-origin-opener-policy'] !== 'same-origin') wrong.push(`${what}: may be opened into`)
  return wrong
}

describe('[embedded] Headers of every sort of answer', () => {
  let world: AccessWorld
  let uploads: Thing[]
  beforeAll(async () => {
    world = await openAccessWorld(await openTestDatabase('embedded'))
    uploads = (await openOffice(world)).uploads
  })
  afterAll(async () => {
    await world.close()
    await world.database.close()
  })

  it('[TR-53] pages, data, files, uploads and every way of saying no carry them', async () => {
    const mine = world.by('mediator who recorded it')
    const record = world.records[0] as Thing
    const upload = uploads[0] as Thing
    const owner = world.actors.find(({ device }) => device === upload.device) ?? mine
    const post = (url: string, payload: string, headers = {}): InjectOptions => ({
      method: 'POST',
      url,
      payload,
      headers,
    })
    const asked: [string, number, typeof mine | null, InjectOptions][] = [
      ['a page', 200, null, { url: '/c' }],
      ['the first page', 200, null, { url: '/' }],
      ['a page that is not there', 404, null, { url: '/c/nothing' }],
      ['no address', 404, null, { url: '/nowhere' }],
      ['no address of data', 404, null, { url: '/api/nowhere' }],
      ['the app that is not built', 503, null, { url: '/app/' }],
      ['elsewhere', 308, null, { url: '/app' }],
      ['data', 200, null, { url: '/api/health' }],
      ['data of somebody', 200, mine, { url: '/api/me' }],
      ['a file', 200, mine, { url: `/api/attachments/999901/${record.file.id}` }],
      ['who are you', 401, null, { url: '/api/me' }],
      ['not your office', 403, mine, { url: '/api/people' }],
      ['another site', 403, mine, post('/api/logout', '{}', { 'sec-fetch-site': 'cross-site' })],
      ['malformed', 400, mine, post(EXCHANGE_PATH, '{')],
      ['another type', 415, mine, post(EXCHANGE_PATH, 'a=b', { 'content-type': 'text/plain' })],
      ['too large', 413, mine, post('/api/logout', `{"a":"${'x'.repeat(70_000)}"}`)],
      ['another method', 404, null, { method: 'DELETE', url: '/api/health' }],
      ['a question before asking', 404, null, { method: 'OPTIONS', url: EXCHANGE_PATH }],
      ['only the headers', 200, null, { method: 'HEAD', url: '/c' }],
      [
        'an upload',
        200,
        owner,
        {
          method: 'HEAD',
          url: `/api/files/${uploadOf(upload)}`,
          headers: { 'tus-resumable': '1.0.0' },
        },
      ],
      ['an address that cannot be read', 400, null, { url: '/c/%E0%A4%A' }],
      ['data at an address that cannot be read', 400, null, { url: '/api/%E0%A4%A' }],
      ['a name too long', 404, null, { url: `/c/${'x'.repeat(300)}` }],
    ]
    const wrong: string[] = []
    for (const [what, status, actor, options] of asked) {
      const answer = await world.send(actor, options)
      if (answer.statusCode !== status)
        wrong.push(`${what}: ${answer.statusCode} ${answer.body.slice(0, 80)}`)
      wrong.push(...missing(what, answer.headers))
      if (
        answer.statusCode >= 400 &&
        options.method !== 'HEAD' &&
        !String(answer.headers['content-type']).startsWith('text/html')
      )
        if (!/"reason":"[a-z-]+","sentence":"/.test(answer.body))
          wrong.push(`${what}: says ${answer.body.slice(0, 80)}`)
    }
    expect(wrong).toEqual([])
  })

  it('[TR-53] files of the app carry them, found or not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mb-headers-'))
    mkdirSync(join(folder, 'assets'))
    for (const name of ['index.html', 'repair.html', 'service-worker.js', 'assets/a-1234.js', 'assets/a.svg'])
      writeFileSync(join(folder, name), '<p>x</p>')
    const app = fastify()
    secure(app, { origin: 'https://mingbai.test', https: true, demoPorts: () => null })
    answerErrors(app)
    await serveApp(app, folder)
    const wrong: string[] = []
    for (const [url, status] of [
      ['/app/', 200],
      ['/app/records/x', 200],
      ['/app/repair', 200],
      ['/service-worker.js', 200],
      ['/assets/a-1234.js', 200],
      ['/assets/a.svg', 200],
      ['/assets/missing.js', 404],
      ['/app/assets/missing.js', 404],
      ['/assets/../../package.json', 404],
      ['/assets/..%2f..%2fpackage.json', 404],
    ] as const) {
      const { statusCode, headers } = await app.inject({ url })
      if (statusCode !== status) wrong.push(`${url}: ${statusCode}`)
      wrong.push(...missing(url, headers))
      if (headers['strict-transport-security'] !== 'max-age=63072000; includeSubDomains')
        wrong.push(`${url}: may be asked without https`)
    }
    await app.close()
    rmSync(folder, { recursive: true })
    expect(wrong).toEqual([])
  })

  it('[TR-53] so does what is answered to bytes that are no request', async () => {
    await world.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = world.app.server.address() as AddressInfo
    const say = (bytes: string): Promise<string> =>
      new Promise((done, fail) => {
        let text = ''
        const line = connect(port, '127.0.0.1', () => line.write(bytes))
        line.on('data', (chunk) => (text += chunk.toString()))
        line.on('error', fail)
        line.on('close', () => done(text))
      })
    const wrong: string[] = []
    for (const [what, bytes, status] of [
      ['nonsense', 'NONSENSE\r\n\r\n', 400],
      ['a header too long', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
      ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
      [
        'length and pieces',
        'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
        400,
      ],
    ] as const) {
      const [head = '', body = ''] = (await say(bytes)).split('\r\n\r\n')
      const [first = '', ...lines] = head.split('\r\n')
      if (!first.startsWith(`HTTP/1.1 ${status}`)) wrong.push(`${what}: ${first}`)
      const headers = Object.fromEntries(
        lines.map((one) => {
          const at = one.indexOf(':')
          return [one.slice(0, at).toLowerCase(), one.slice(at + 1).trim()]
        }),
      )
      wrong.push(...missing(what, headers))
      if (/fastify|node|error"/i.test(body)) wrong.push(`${what}: says ${body}`)
    }
    expect(wrong).toEqual([])
  })
})
