import { SettingsError } from '@sitecache/core'
import { type DownloadOptions, download } from './download.js'
import { isWithinLength, readSitemap } from './read-sitemap.js'
import { SitemapError } from './sitemap-error.js'

/** Options of reading a site's sitemaps. */
export interface CollectOptions extends Omit<DownloadOptions, 'isAllowed'> {
  /** Allowed origins of pages and sitemaps, beside the sitemap's own. */
  readonly allowedOrigins: readonly string[]
  /** Most pages; more are refused. */
  readonly maxUrls: number
}

/** Pages of a site's sitemaps. */
export interface SitemapPages {
  readonly urls: readonly string[]
  /** Number of pages left out, by origin that isn't allowed. */
  readonly refused: ReadonlyMap<string, number>
  /** Number of entries that are no http or https URL of the protocol's length. */
  readonly unusable: number
  /** Sitemaps of an index that could not be read. */
  readonly failures: readonly { readonly sitemap: string; readonly message: string }[]
}

/** Depth of indexes; the protocol has one, sites have more. */
const MAX_DEPTH = 3

/**
 * Collects the pages of a sitemap, or of all sitemaps of an index.
 *
 * A sitemap is input from outside: its pages, sitemaps and redirects must be of its own origin or
 * an allowed one, so that it can't direct this machine's requests, with the operator's headers,
 * elsewhere.
 *
 * @throws SitemapError when it can't be read; SettingsError when it has more pages than `maxUrls`
 */
export async function collectSitemap(root: URL, options: CollectOptions): Promise<SitemapPages> {
  const origins = new Set([root.origin, ...options.allowedOrigins])
  const isAllowed = (origin: string): boolean => origins.has(origin)
  const urls = new Set<string>()
  const refused = new Map<string, number>()
  const failures: { sitemap: string; message: string }[] = []
  let unusable = 0
  const queue = [{ url: root, depth: 0 }]
  const seen = new Set([root.href])

  const addPage = (url: URL): void => {
    if (!isAllowed(url.origin)) refused.set(url.origin, (refused.get(url.origin) ?? 0) + 1)
    else urls.add(url.href)
    if (urls.size > options.maxUrls)
      throw new SettingsError(`the sitemap holds more than ${options.maxUrls} URLs: --max-urls allows more`)
  }
  const addSitemap = (url: URL, depth: number): void => {
    if (seen.has(url.href)) return
    seen.add(url.href)
    const message = isAllowed(url.origin)
      ? 'lies too deep: an index names it that others name'
      : `is of another origin: --allow-origin ${url.origin} would allow it`
    if (isAllowed(url.origin) && depth <= MAX_DEPTH) queue.push({ url, depth })
    else failures.push({ sitemap: url.href, message })
  }

  for (const { url, depth } of queue) {
    try {
      const { isIndex, locations } = await readSitemap(download(url, { ...options, isAllowed }))
      for (const location of locations) {
        const found = locationOf(location)
        if (found === undefined) unusable += 1
        else if (isIndex) addSitemap(found, depth + 1)
        else addPage(found)
      }
    } catch (error) {
      if (!(error instanceof SitemapError) || options.signal.aborted) throw error
      if (url === root) throw new SitemapError(`the sitemap ${url.href} ${error.message}`, { cause: error })
      failures.push({ sitemap: url.href, message: error.message })
    }
  }
  return { urls: [...urls], refused, unusable, failures }
}

function locationOf(text: string): URL | undefined {
  if (!isWithinLength(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const usable = /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  url.hash = ''
  return usable ? url : undefined
}
