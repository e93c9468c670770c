import { SitecacheError } from '@sitecache/core'

/** A sitemap that can't be downloaded or read. */
export class SitemapError extends SitecacheError {
  override readonly name = 'SitemapError'
  override readonly code = 'ERR_SITECACHE_SITEMAP'
}
