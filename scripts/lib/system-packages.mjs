import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './workspace.mjs'

/** Where Debian puts servers that an ordinary user's PATH leaves out. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/lib/postgresql']

/** What the tests start, and the packages of apt and Homebrew that bring it. */
export const needed = [
  { command: 'redis-server', apt: 'redis-server', brew: 'redis' },
  { command: 'redis-sentinel', apt: 'redis-sentinel', brew: 'redis' },
  { command: 'memcached', apt: 'memcached', brew: 'memcached' },
  { command: 'postgres', apt: 'postgresql', brew: 'postgresql' },
  { command: 'mariadbd', apt: 'mariadb-server', brew: 'mariadb' },
  { command: 'chromium', apt: 'chromium', brew: '--cask chromium' },
]

/**
 * Tells how to install packages.
 *
 * @param {readonly string[]} absent names of apt
 */
export function howToInstall(absent, platform = process.platform) {
  if (platform === 'win32')
    return `they run on Linux and macOS alone: use WSL, and there apt-get install ${absent.join(' ')}`
  if (platform !== 'darwin') return `apt-get install ${absent.join(' ')}`
  const names = new Set(absent.map((name) => needed.find(({ apt }) => apt === name)?.brew ?? name))
  return [...names].map((name) => `brew install ${name}`).join(' && ')
}

/** Installs by apt what is missing; answers the packages that could not be had. */
export async function ensureSystemPackages(packages = needed) {
  const missing = packages.filter(({ command }) => !isInstalled(command)).map(({ apt }) => apt)
  if (missing.length === 0) return []
  if (process.platform === 'linux') await installByApt(missing)
  return packages.filter(({ command }) => !isInstalled(command)).map(({ apt }) => apt)
}

/** @param {readonly string[]} names */
async function installByApt(names) {
  // Nobody is there to answer; and a package's own service must not start: the tests start what they need.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const apt = (...args) => run('apt-get', [...args], { env }).catch(() => 1)
  await apt('update', '-qq')
  await apt('install', '-y', '-qq', '--no-install-recommends', ...names)
}

function isInstalled(command) {
  if (command === 'postgres') return existsSync('/usr/lib/postgresql') || onPath('initdb')
  return onPath(command)
}

function onPath(command) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...serverFolders]
  return folders.some((folder) => folder !== '' && existsSync(join(folder, command)))
}
