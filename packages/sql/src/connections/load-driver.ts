import { createRequire } from 'node:module'
import { SettingsError } from '@sitecache/core/store'

/** File of this module; none in a bundle of ES modules. */
const ownFile = typeof __filename === 'string' ? [__filename] : []

/**
 * Loads a driver from beside this package or from the application. A broken installation throws its
 * own error.
 *
 * @returns undefined: not installed
 */
export function findDriver(name: string): object | undefined {
  for (const from of [...ownFile, `${process.cwd()}/package.json`]) {
    const require = createRequire(from)
    if (canResolve(require, name)) return require(name)
  }
  return undefined
}

/**
 * As `findDriver`.
 *
 * @throws SettingsError that names the package to install
 */
export function loadDriver(name: string, scheme: string, path: string): object {
  const driver = findDriver(name)
  if (driver !== undefined) return driver
  throw new SettingsError(`${path}: '${scheme}:' needs the package ${name}: npm install ${name}`)
}

function canResolve(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}
