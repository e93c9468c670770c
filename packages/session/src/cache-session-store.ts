import type { Cache, Timeout } from '@sitecache/core'
import { checkOptions, resolveCache } from '@sitecache/core/internal'
import { type SessionData, Store } from 'express-session'
import { answer, type Callback } from './callbacks.js'
import { lifetimeOf } from './lifetime.js'
import { moment } from './moment.js'
import { cacheOption, prefixOption, ttlOption } from './options.js'
import { SessionIndex } from './session-index.js'
import {
  readSession,
  type StoredSession,
  sessionKey,
  touchKey,
  writeSession,
  writeTouch,
} from './stored-session.js'

/** Options of a session store. */
export interface SessionStoreOptions {
  /**
   * A cache, or the alias of one of the process-wide caches. Give sessions a cache of their own
   * with its own `keyPrefix`, so that `clear()` of the pages' cache logs no visitor out.
   */
  readonly cache: Cache | string
  /** Prefix of every key in that cache. @default 'session:' */
  readonly prefix?: string
  /** Lifetime of a session whose cookie has no end, in seconds or as '1d'. @default '1d' */
  readonly ttl?: Timeout
}

/**
 * A store for express-session, on any cache.
 *
 * Keys are made of digests: session ids stand in no key, event or message. With a cache's default
 * `onError: 'miss'` a visitor is signed out while the store fails; with 'throw' `next` gets the
 * error.
 *
 * @throws SettingsError for an unknown option or a bad value; UnknownCacheError
 *
 * @example
 * const store = new CacheSessionStore({ cache: caches.get('sessions') })
 * app.use(session({ store, secret, resave: false, saveUninitialized: false }))
 */
export class CacheSessionStore extends Store {
  readonly #cache: Cache
  readonly #prefix: string
  readonly #ttl: number
  readonly #index: SessionIndex

  constructor(options: SessionStoreOptions) {
    super()
    const path = 'CacheSessionStore'
    const schema = { cache: cacheOption, prefix: prefixOption, ttl: ttlOption }
    const { cache, prefix = 'session:', ttl = 86_400 } = checkOptions(options, schema, path)
    this.#cache = resolveCache(cacheOption(cache, `${path}.cache`))
    this.#prefix = prefix
    this.#ttl = ttl
    this.#index = new SessionIndex(this.#cache, prefix)
  }

  /** Reads a session; null when there is none, or it has expired. */
  override get(sid: string, callback: Callback<SessionData | null>): void {
    answer(this.#get(sid), callback)
  }

  /** Stores a session as long as its cookie lives; one that has expired is destroyed. */
  override set(sid: string, session: SessionData, callback?: Callback<void>): void {
    answer(this.#set(sid, session), callback)
  }

  /**
   * Starts a session's lifetime again: its expiry and the end in its stored cookie become those of
   * the cookie given; its data stay. A session that is gone stays gone.
   */
  override touch(sid: string, session: SessionData, callback?: Callback<void>): void {
    answer(this.#touch(sid, session), callback)
  }

  override destroy(sid: string, callback?: Callback<void>): void {
    answer(this.#destroy(sid), callback)
  }

  /** Reads all sessions, each with its `id`, a few hundred at a time. */
  override all(callback: Callback<(SessionData & { id: string })[]>): void {
    answer(this.#all(), callback)
  }

  /** Counts the sessions; reads them all, a few hundred at a time. */
  override length(callback: Callback<number>): void {
    answer(
      this.#all().then((sessions) => sessions.length),
      callback,
    )
  }

  /** Ends all sessions of this prefix, and touches nothing else in the cache. */
  override clear(callback?: Callback<void>): void {
    answer(this.#clear(), callback)
  }

  async #get(sid: string): Promise<SessionData | null> {
    const key = this.#key(sid)
    const found = await this.#cache.getMany([key, touchKey(key)])
    return readSession(found.get(key), found.get(touchKey(key)), sid)?.session ?? null
  }

  async #set(sid: string, session: SessionData): Promise<void> {
    const lifetime = lifetimeOf(session, this.#ttl)
    if (lifetime <= 0) return this.#destroy(sid)
    const key = this.#key(sid)
    const value = writeSession(sid, session, moment())
    // First, so that `clear` finds every session.
    await this.#index.record(key, lifetime)
    await this.#cache.set(key, value, lifetime)
  }

  /**
   * The cookie goes under a key of its own: rewriting the session could undo what another request
   * has just stored in it.
   */
  async #touch(sid: string, session: SessionData): Promise<void> {
    const lifetime = lifetimeOf(session, this.#ttl)
    if (lifetime <= 0) return this.#destroy(sid)
    const key = this.#key(sid)
    const touch = writeTouch(sid, session, moment())
    if (!(await this.#cache.touch(key, lifetime))) return
    await this.#index.record(key, lifetime)
    await this.#cache.set(touchKey(key), touch, lifetime)
  }

  async #destroy(sid: string): Promise<void> {
    const key = this.#key(sid)
    await this.#cache.deleteMany([key, touchKey(key)])
  }

  async #all(): Promise<(SessionData & { id: string })[]> {
    const sessions: (SessionData & { id: string })[] = []
    for await (const found of this.#found()) sessions.push({ ...found.session, id: found.id })
    return sessions
  }

  async *#found(): AsyncGenerator<StoredSession> {
    const seen = new Set<string>()
    for await (const keys of this.#index.keys()) {
      const fresh = [...new Set(keys)].filter((key) => !seen.has(key))
      for (const key of fresh) seen.add(key)
      const values = await this.#cache.getMany(fresh.flatMap((key) => [key, touchKey(key)]))
      for (const key of fresh) {
        const found = readSession(values.get(key), values.get(touchKey(key)))
        if (found !== undefined && this.#key(found.id) === key) yield found
      }
    }
  }

  async #clear(): Promise<void> {
    for await (const keys of this.#index.keys())
      await this.#cache.deleteMany(keys.flatMap((key) => [key, touchKey(key)]))
  }

  #key(sid: string): string {
    return sessionKey(this.#prefix, sid)
  }
}
