import { SitecacheError } from '@sitecache/core'

/** A sitemap that can't be had or read. */
export class SitemapError extends SitecacheError {
  override readonly name = 'SitemapError'
}
