import { type Cache, createCaches, type Store } from '@sitecache/core'
import { siteCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { PageLoad } from '@sitecache/test-support/page-load'
import express from 'express'

/** An application behind a site's cache, under load. */
export interface LoadedSite {
  readonly cache: Cache
  readonly load: PageLoad
  close(): Promise<void>
}

const PATHS = ['/a', '/b', '/c']

/** The page of a path; those of two paths differ from the first byte to the last. */
function bodyOf(path: string): string {
  return `page ${path} `.repeat(300)
}

/** Starts an application whose pages are kept in a store, and visitors who keep asking for them. */
export async function startSite(store: Store): Promise<LoadedSite> {
  const caches = createCaches({ default: { store } })
  const cache = caches.get('default')
  const app = express().use(siteCache({ caches }))
  app.get('/:name', (req, res) => void res.send(bodyOf(req.path)))
  const { url, close } = await listen(app)
  const load = new PageLoad({ url, paths: PATHS, cache, isPage: (path, body) => body === bodyOf(path) })
  return {
    cache,
    load,
    async close() {
      await load.stop()
      await close()
      await caches.close()
    },
  }
}
