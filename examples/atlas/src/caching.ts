import type { Caches, PageOptions } from '@sitecache/express'
import { chooseLanguage } from './i18n.js'

/** What the site's cache and those of single routes have in common. */
export function pageOptions(caches: Caches): PageOptions {
  return {
    caches,
    // `?q=a&lang=fr` and `?lang=fr&q=a` are one page.
    query: 'sorted',
    // Visitors send hundreds of different Accept-Language; there are only five different pages.
    buckets: { 'accept-language': chooseLanguage },
  }
}
