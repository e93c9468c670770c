import { createRequire } from 'node:module'
import { SettingsError } from '@sitecache/core/store'

/**
 * A driver, from beside this package or from the application, which is what installed it; undefined: not installed.
 * What is installed but broken throws by itself.
 */
export function findDriver(name: string): object | undefined {
  for (const from of [import.meta.url, `${process.cwd()}/package.json`]) {
    const require = createRequire(from)
    if (canResolve(require, name)) return require(name)
  }
  return undefined
}

/** As `findDriver`. @throws SettingsError naming what to install. */
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
