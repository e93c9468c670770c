import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './workspace.mjs'

/** Where Debian puts servers that an ordinary user's PATH leaves out. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/lib/postgresql']

/** What the tests start, and the apt package that brings it. */
export const needed = [
  { command: 'redis-server', apt: 'redis-server' },
  { command: 'redis-sentinel', apt: 'redis-sentinel' },
  { command: 'memcached', apt: 'memcached' },
  { command: 'postgres', apt: 'postgresql' },
  { command: 'mariadbd', apt: 'mariadb-server' },
  { command: 'chromium', apt: 'chromium' },
]

/** Installs by apt what is missing; answers the packages that could not be had. */
export async function ensureSystemPackages(packages = needed) {
  const missing = packages.filter(({ command }) => !isInstalled(command)).map(({ apt }) => apt)
  if (missing.length === 0) return []
  // Nobody is there to answer; and a package's own service must not start: the tests start what they need.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const apt = (...args) => run('apt-get', [...args], { env }).catch(() => 1)
  await apt('update', '-qq')
  await apt('install', '-y', '-qq', '--no-install-recommends', ...missing)
  return packages.filter(({ command }) => !isInstalled(command)).map(({ apt: name }) => name)
}

function isInstalled(command) {
  if (command === 'postgres') return existsSync('/usr/lib/postgresql') || onPath('initdb')
  return onPath(command)
}

function onPath(command) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...serverFolders]
  return folders.some((folder) => folder !== '' && existsSync(join(folder, command)))
}
