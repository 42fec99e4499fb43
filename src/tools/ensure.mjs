// Plain JavaScript on purpose: it runs on whatever Node the system has, before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const forTests = process.argv.includes('--for-tests')

const fail = (sentence) => {
  console.error(`明白: ${sentence}`)
  process.exit(1)
}

/** Runs a command with its output shown; returns whether it succeeded. */
const run = (command, args, env = {}) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0

const [major] = process.versions.node.split('.').map(Number)
if (major < 20)
  fail(`Node ${process.versions.node} is too old to install with; please install Node 20 or newer.`)

const stamp = join(root, 'node_modules', '.package-lock.json')
const lock = join(root, 'package-lock.json')
const ownNode = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
const installed =
  existsSync(stamp) && existsSync(ownNode) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs

if (!installed) {
  console.log('明白: installing what is missing (about a minute, once)…')
  // engine_strict off: npm itself may run on Node 20 while the packages are for the Node 26 that they bring along.
  const done = run(
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      NODE_ENV: 'development',
      npm_config_engine_strict: 'false',
    },
  )
  if (!done)
    fail('the packages could not be installed; check the connection to the npm registry and start again.')
}

const version = spawnSync(ownNode, ['-p', 'process.versions.node'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
})
if (version.status !== 0 || Number(version.stdout.split('.')[0]) < 24)
  fail('the bundled Node 26 did not install for this computer; delete node_modules and start again.')

/** Debian's own packages, for a machine that has neither; anything already on the machine is used as it is. */
const aptInstall = (packages) => {
  if (spawnSync('apt-get', ['--version']).status !== 0) return false
  console.log(`明白: installing ${packages.join(', ')} for the tests…`)
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, 'apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=600', ...args]
    return run(command, rest, { DEBIAN_FRONTEND: 'noninteractive' })
  }
  return apt('update') && apt('install', '-y', '--no-install-recommends', ...packages)
}

const onPath = (...names) =>
  names.some(
    (name) =>
      existsSync(name) ||
      (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, name))),
  )

if (forTests && process.platform === 'linux') {
  const missing = []
  if (!process.env.MINGBAI_CHROMIUM && !onPath('chromium', 'chromium-browser', 'google-chrome'))
    missing.push('chromium')
  if (spawnSync('fc-list', [':lang=zh-cn'], { encoding: 'utf8' }).stdout?.trim() === '' || !onPath('fc-list'))
    missing.push('fontconfig', 'fonts-noto-cjk')
  const versions = ['18', '17', '16', '15'].map((one) => `/usr/lib/postgresql/${one}/bin/initdb`)
  if (!onPath('initdb', ...versions)) missing.push('postgresql')
  if (missing.length > 0 && !aptInstall(missing))
    fail(
      `the tests need ${missing.join(', ')}; install them with this computer's package manager and start again.`,
    )
}
