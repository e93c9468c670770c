import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { SettingsError } from '@sitecache/core'
import type uPlot from 'uplot'

/** Library that draws the charts; its code is a file that the page loads. */
export type ChartLibrary = typeof uPlot

/** A file that the page loads. */
export interface Asset {
  readonly type: string
  readonly body: Buffer
  readonly gzipped: Buffer
}

/** All files of the page. */
export interface Assets {
  /** Digest of all of them: it stands in their URLs, so that they may be cached forever. */
  readonly version: string
  /** Files by name: `web/main.js`. */
  readonly files: ReadonlyMap<string, Asset>
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

let loaded: Assets | undefined

/**
 * Reads the files of the page, once for all dashboards of the process.
 *
 * @throws SettingsError where they don't lie beside the code, as in a bundle
 */
export function loadAssets(): Assets {
  try {
    loaded ??= readAssets()
    return loaded
  } catch (error) {
    throw new SettingsError(
      'the files of the dashboard are not where its code is: a bundler must leave @sitecache/dashboard and uplot out of the bundle (external), so that they are loaded from node_modules',
      { cause: error },
    )
  }
}

function readAssets(): Assets {
  // Of the package, whether this runs as built or as its source.
  const root = join(dirname(__filename), '../..')
  const require = createRequire(__filename)
  const chart = dirname(require.resolve('uplot/package.json'))
  const paths = new Map<string, string>([
    ...scripts(join(root, 'dist/browser')),
    ['dashboard.css', join(root, 'assets/dashboard.css')],
    ['uplot.js', join(chart, 'dist/uPlot.iife.min.js')],
    ['uplot.css', join(chart, 'dist/uPlot.min.css')],
  ])
  const files = new Map([...paths].map(([name, path]) => [name, assetOf(path)] as const))
  const hash = createHash('sha256')
  for (const [name, { body }] of files) hash.update(name).update(body)
  return { version: hash.digest('base64url').slice(0, 16), files }
}

function scripts(folder: string): readonly (readonly [string, string])[] {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const names = found.filter((name) => name.endsWith('.js')).sort()
  return names.map((name) => [name.replaceAll('\\', '/'), join(folder, name)])
}

function assetOf(path: string): Asset {
  // The maps of the sources are not served.
  const text = readFileSync(path, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
  const body = Buffer.from(text)
  return { type: types[extname(path)] ?? 'application/octet-stream', body, gzipped: gzipSync(body) }
}
