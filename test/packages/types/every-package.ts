// Each package and each entry, as an application imports them.
import { type Cache, createCaches, memoryStore, StoreError, tieredStore } from '@sitecache/core'
import { BaseStore, type Entry, type Store } from '@sitecache/core/store'
import { storeContract } from '@sitecache/core/testing'
import { type AuditEntry, type Dashboard, dashboard, relayDashboards } from '@sitecache/dashboard'
import { doctor, type Finding } from '@sitecache/doctor'
import { leaveUncounted, siteCache } from '@sitecache/express'
import { fileStore } from '@sitecache/file'
import { type CacheControlChanges, parseCacheControl, patchCacheControl } from '@sitecache/http'
import { memcachedStore } from '@sitecache/memcached'
import { redisBus, redisStore } from '@sitecache/redis'
import { CacheSessionStore } from '@sitecache/session'
import { sqlStore } from '@sitecache/sql'
import { fragment, fragmentKey } from '@sitecache/templates'
import { nunjucksFragments } from '@sitecache/templates/nunjucks'

declare module '@sitecache/http' {
  interface CacheControlExtensions {
    readonly community?: string
  }
}

class EmptyStore extends BaseStore {
  readonly name = 'empty'
  async get(_key: string): Promise<Entry | undefined> {
    return undefined
  }
  async set(): Promise<void> {}
  async delete(): Promise<boolean> {
    return false
  }
  async clear(): Promise<void> {}
}

const stores: readonly Store[] = [
  new EmptyStore(),
  memoryStore({ maxBytes: 1024 }),
  fileStore('/tmp/cache'),
  redisStore('redis://127.0.0.1:6379'),
  memcachedStore('127.0.0.1:11211'),
  sqlStore('sqlite::memory:'),
  tieredStore(memoryStore(), redisStore('redis://127.0.0.1:6379'), {
    bus: redisBus('redis://127.0.0.1:6379'),
  }),
]
export const caches = createCaches({ default: { store: stores[0] ?? memoryStore() } })
const cache: Cache = caches.get('default')
export const session = new CacheSessionStore({ cache })
export const middleware = siteCache({ caches })
export const findings: Promise<readonly Finding[]> = doctor({ caches }).findings()
export const changes: CacheControlChanges = { maxAge: 60, community: 'UCI' }
export const text: string = patchCacheControl('public', changes)
export const isPublic: boolean = parseCacheControl(text).has('public')
export const isDown = (error: unknown): boolean => error instanceof StoreError && error.cause !== undefined
export const key: string = fragmentKey('sidebar', ['ann'])
export const html: Promise<string> = fragment(cache, { name: 'sidebar', timeout: '5m' }, () => '<p>')
const audited: AuditEntry['outcome'][] = []
export const board: Dashboard = dashboard({
  caches,
  authorize: (req) => req.headers.authorization === 'operator',
  audit: ({ outcome }) => audited.push(outcome),
  bus: redisBus('redis://127.0.0.1:6379'),
})
// @ts-expect-error: without authorize every client could purge
export const open = () => dashboard({ caches })
export const uncounted = [leaveUncounted, relayDashboards]
export const engines = [nunjucksFragments, storeContract]
