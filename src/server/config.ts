import { join } from 'node:path'
import type { KeepYears } from '#domain/privacy/retention.ts'
import { CannotStart } from './database/refused.ts'

/** Everything the server is told from outside, read once at start. Each variable stands in the README's table. */
export interface Config {
  /** HOST, PORT: where to listen; 0.0.0.0 and 8080 when not said. Port 0 takes any free one. */
  host: string
  port: number
  /** MINGBAI_DATA: folder of the embedded database; ./data when not said. */
  dataFolder: string
  /** MINGBAI_FILES: folder for the files of attachments, shared by all server processes; `files` in the data folder when not said. */
  filesFolder: string
  /** DATABASE_URL: PostgreSQL for production; null: the embedded database. DATABASE_OWNER_URL: the login that migrates. */
  databaseUrl: string | null
  databaseOwnerUrl: string | null
  /** MINGBAI_BACKUP: folder for a verified backup every night; null: none is made by itself. */
  backupFolder: string | null
  /** MINGBAI_KEEP_CASES, MINGBAI_KEEP_PHOTOS: whole years after their end; null: nobody decided yet, and nothing of it is erased. */
  keep: KeepYears
  /** MINGBAI_ORIGIN: scheme and host that go into codes and links. */
  origin: string
  /** MINGBAI_SECRET: what sessions and codes are keyed with; '' in the demo, which makes its own. */
  secret: string
  /**
   * MINGBAI_FIELD_SECRETS: what numbers of people are sealed with, the newest first, with a blank or comma between; empty: the key is made
   * from MINGBAI_SECRET.
   */
  fieldSecrets: readonly string[]
  /** MINGBAI_SECRET_BEFORE: earlier ones, between blanks; what locked phones sealed under them still opens. */
  secretsBefore: readonly string[]
  /** MINGBAI_DEMO: 1 loads the demo world, 0 is production; the demo is the default without DATABASE_URL. */
  demo: boolean
  /** MINGBAI_SPONSOR, MINGBAI_FILING_NO: the 县级以上 unit that answers for the site, and its 备案号. */
  sponsor: string
  filingNo: string
  /** MINGBAI_TLS_CERT, MINGBAI_TLS_KEY: files in PEM; null when a proxy does TLS or nobody does. */
  tls: { certFile: string; keyFile: string } | null
  /** MINGBAI_METRICS_TOKEN: lets a collector on another machine read /api/metrics. */
  metricsToken: string
  /** MINGBAI_LOG: pino level. */
  logLevel: string
}

type Env = Readonly<Record<string, string | undefined>>

const text = (env: Env, name: string): string => env[name]?.trim() ?? ''
const orNull = (value: string): string | null => (value === '' ? null : value)

function portOf(env: Env): number {
  const said = text(env, 'PORT')
  if (said === '') return 8080
  const port = Number(said)
  if (!/^\d+$/.test(said) || port > 65_535)
    throw new CannotStart('bad-port', `PORT must be a number from 0 to 65535, not "${said.slice(0, 20)}".`)
  return port
}

function tlsOf(env: Env): Config['tls'] {
  const certFile = text(env, 'MINGBAI_TLS_CERT')
  const keyFile = text(env, 'MINGBAI_TLS_KEY')
  if (certFile === '' && keyFile === '') return null
  if (certFile === '' || keyFile === '')
    throw new CannotStart(
      'half-tls',
      'MINGBAI_TLS_CERT and MINGBAI_TLS_KEY belong together; please set both, or neither.',
    )
  return { certFile, keyFile }
}

function originOf(env: Env, port: number, tls: boolean): string {
  const said = text(env, 'MINGBAI_ORIGIN')
  if (said === '') return `${tls ? 'https' : 'http'}://localhost:${port}`
  try {
    const url = new URL(said)
    if (!/^https?:$/.test(url.protocol) || url.origin !== said.replace(/\/$/, '')) throw new TypeError()
    return url.origin
  } catch {
    throw new CannotStart(
      'bad-origin',
      'MINGBAI_ORIGIN must be scheme and host alone, such as https://mingbai.example.gov.cn.',
    )
  }
}

function demoOf(env: Env, databaseUrl: string | null): boolean {
  const said = text(env, 'MINGBAI_DEMO')
  if (said !== '' && said !== '0' && said !== '1')
    throw new CannotStart('bad-demo', 'MINGBAI_DEMO must be 1 (demo world) or 0 (production).')
  return said === '' ? databaseUrl === null : said === '1'
}

function yearsOf(name: 'MINGBAI_KEEP_CASES' | 'MINGBAI_KEEP_PHOTOS', said: string): number | null {
  if (said === '') return null
  const years = Number(said)
  if (!/^\d{1,3}$/.test(said) || years < 1 || years > 100)
    throw new CannotStart(
      'bad-years',
      `${name} must be whole years from 1 to 100, or left out to erase nothing.`,
    )
  return years
}

const EASY = /secret|password|changeme|mingbai|123456|example/i

/** Long, and of many different characters: 32 from a generator, not a word somebody thought of. */
export const isStrongSecret = (secret: string): boolean =>
  secret.length >= 32 && new Set(secret).size >= 10 && !EASY.test(secret)

function fieldSecretsOf(said: string): string[] {
  const secrets = said.split(/[\s,]+/).filter((one) => one !== '')
  if (secrets.every(isStrongSecret)) return secrets
  throw new CannotStart(
    'weak-field-secret',
    'each of MINGBAI_FIELD_SECRETS must be at least 32 random characters; make one with: openssl rand -base64 48',
  )
}

function refuseWeakProduction(config: Config): void {
  if (!isStrongSecret(config.secret))
    throw new CannotStart(
      'weak-secret',
      'production needs MINGBAI_SECRET, at least 32 random characters; make one with: openssl rand -base64 48',
    )
  if (config.sponsor === '' || config.filingNo === '')
    throw new CannotStart(
      'no-sponsor',
      'production needs MINGBAI_SPONSOR (the 县级以上 unit that answers for the site) and MINGBAI_FILING_NO (its 备案号).',
    )
}

/** Reads the environment; throws `CannotStart` with one sentence for what makes no sense or is not safe. */
export function configFrom(env: Env): Config {
  const port = portOf(env)
  const tls = tlsOf(env)
  const databaseUrl = orNull(text(env, 'DATABASE_URL'))
  const dataFolder = text(env, 'MINGBAI_DATA') || './data'
  const config: Config = {
    host: text(env, 'HOST') || '0.0.0.0',
    port,
    dataFolder,
    filesFolder: text(env, 'MINGBAI_FILES') || join(dataFolder, 'files'),
    databaseUrl,
    databaseOwnerUrl: orNull(text(env, 'DATABASE_OWNER_URL')),
    backupFolder: orNull(text(env, 'MINGBAI_BACKUP')),
    keep: {
      cases: yearsOf('MINGBAI_KEEP_CASES', text(env, 'MINGBAI_KEEP_CASES')),
      photos: yearsOf('MINGBAI_KEEP_PHOTOS', text(env, 'MINGBAI_KEEP_PHOTOS')),
    },
    origin: originOf(env, port, tls !== null),
    secret: text(env, 'MINGBAI_SECRET'),
    secretsBefore: text(env, 'MINGBAI_SECRET_BEFORE')
      .split(/\s+/)
      .filter((one) => one !== ''),
    fieldSecrets: fieldSecretsOf(text(env, 'MINGBAI_FIELD_SECRETS')),
    demo: demoOf(env, databaseUrl),
    sponsor: text(env, 'MINGBAI_SPONSOR'),
    filingNo: text(env, 'MINGBAI_FILING_NO'),
    tls,
    metricsToken: text(env, 'MINGBAI_METRICS_TOKEN'),
    logLevel: text(env, 'MINGBAI_LOG') || 'info',
  }
  if (!config.demo) refuseWeakProduction(config)
  return config
}
