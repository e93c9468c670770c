import { guardStore } from '@sitecache/core'
import { type Caches, createCaches, type PageOptions } from '@sitecache/express'
import { chooseLanguage } from './i18n.js'
import { StoppableStore } from './stoppable-store.js'

/** Milliseconds between two attempts while the store is stopped. */
const RETRY_MS = 200

/** The caches of the atlas, and the switch of their store. */
export interface AtlasCaches {
  readonly caches: Caches
  readonly store: StoppableStore
}

/**
 * Makes the caches.
 *
 * @param url where pages and fragments are kept. @default memory of this process
 */
export function atlasCaches(url = 'memory:'): AtlasCaches {
  const { store: chosen, timeout, keyPrefix } = createCaches({ default: url }).get('default')
  const store = new StoppableStore(chosen)
  const guarded = guardStore(store.store, { retryMs: RETRY_MS })
  const settings = { store: guarded, timeout, keyPrefix: keyPrefix === '' ? 'atlas' : keyPrefix }
  return { caches: createCaches({ default: settings }), store }
}

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
    // What the middlewares put there was chosen by the URL and by Accept-Language, which is in Vary.
    ignore: ['locals:language', 'locals:languages', 'locals:linkSuffix'],
    // Browsers ask each time: what is purged here is gone there, too.
    clientTimeout: 0,
  }
}
