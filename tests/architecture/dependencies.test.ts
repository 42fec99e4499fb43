import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '#tests/support/planted-tree.ts'

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

interface Locked {
  version?: string
  resolved?: string
  integrity?: string
  link?: boolean
}
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
const installed = Object.entries(packages).filter(([path]) => path !== '')

it('[TR-57] every package is named with one version and its hash, and none comes from anywhere but a registry', () => {
  expect(installed.length).toBeGreaterThan(100)
  const loose = installed.filter(
    ([, one]) =>
      one.link === true ||
      !/^\d+\.\d+\.\d+/.test(one.version ?? '') ||
      !one.integrity?.startsWith('sha512-') ||
      (one.resolved !== undefined && !one.resolved.startsWith('https://registry.npmjs.org/')),
  )
  expect(loose.map(([path]) => path)).toEqual([])
})

it('[TR-57] nothing that is installed runs while it is installed, and only what the lockfile names is', () => {
  const install = /run\(\s*process\.platform === 'win32' \? 'npm\.cmd' : 'npm',\s*\[([^\]]*)\]/.exec(
    read('src/tools/ensure.mjs'),
  )?.[1]
  expect(install).toContain("'ci'")
  expect(install).toContain("'--ignore-scripts'")
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  expect(Object.keys(scripts).filter((one) => /install|^prepare|^prepublish/.test(one))).toEqual([])
})

/** Packages that rooms import by name. */
const importedBy = (...rooms: string[]): string[] => {
  const found = rooms.flatMap((room) =>
    globSync(`src/${room}/**/*.{ts,vue}`, { cwd: ROOT }).flatMap((file) =>
      [...read(file).matchAll(/(?:from |import |import\()'([^'.#][^']*)'/g)].map(([, name]) => name ?? ''),
    ),
  )
  const names = found
    .filter((one) => !one.startsWith('node:') && !one.startsWith('virtual:'))
    .map((one) =>
      one
        .split('/')
        .slice(0, one.startsWith('@') ? 2 : 1)
        .join('/'),
    )
  return [...new Set(names)].sort()
}

it('[TR-57] what server and phone are made of is no more than a person can look through', () => {
  const server = importedBy('domain', 'sync', 'server')
  const phone = importedBy('domain', 'sync', 'phone', 'app', 'worker')
  expect(server).toContain('fastify')
  expect(phone).toContain('vue')
  expect(server.length).toBeLessThanOrEqual(40)
  expect(phone.length).toBeLessThanOrEqual(25)
})

it('[TR-57] the server asks no other host for anything', () => {
  const asks = globSync('src/{server,domain,sync}/**/*.ts', { cwd: ROOT }).filter((file) => {
    const text = read(file)
    const own = /function fetch\b/.test(text)
    return (
      /import \{[^}]*\b(request|get|connect|Agent|lookup|resolve\w*)\b[^}]*\} from 'node:(https?|net|tls|dns|http2)/.test(
        text,
      ) ||
      /from '(undici|node:dns[^']*|node:dgram|ws|axios|got)'/.test(text) ||
      (!own && /(^|[^.\w])fetch\(/m.test(text)) ||
      /\b(WebSocket|EventSource)\(/.test(text)
    )
  })
  expect(asks).toEqual([])
})

it('[TR-57] no key and no token of anybody’s lies in the repository', () => {
  // Parts stand in brackets so that this file does not report itself.
  const secret =
    /-----BEGI[N] ([A-Z]+ )?PRIVATE KEY-----|\b(gh[pousr]_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36}|AKI[A][0-9A-Z]{16}|xox[baprs]-[0-9A-Za-z-]{10,}|LTA[I][0-9A-Za-z]{16,})\b/
  const files = globSync(['*.{json,ts,html,md}', '.ci/*', '{src,seeds,public,tests}/**/*.*'], {
    cwd: ROOT,
    withFileTypes: true,
  })
    .filter((one) => one.isFile() && !/\.(png|webp|jpe?g|gz|woff2|ico|wasm|zip)$/.test(one.name))
    .map((one) => join(one.parentPath, one.name))
  expect(files.length).toBeGreaterThan(500)
  expect(files.filter((file) => secret.test(readFileSync(file, 'utf8')))).toEqual([])
})
