import type { Caches, PageOptions } from '@sitecache/express'
import { chooseLanguage } from './i18n.js'

/** What the site's cache and those of single routes have in common. */
export function pageOptions(caches: Caches): PageOptions {
  return {
    caches,
    // Signed in or not, visitors share pages: what is their own on one stands in a hole. A page that shows more of a session than that
    // is its visitor's: the cache sees what it reads.
    isAuthenticated: () => false,
    // `?q=a&lang=fr` and `?lang=fr&q=a` are one page.
    query: 'sorted',
    // Visitors send hundreds of different Accept-Language; there are only five different pages.
    buckets: { 'accept-language': chooseLanguage },
  }
}
