import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Cache } from '@sitecache/core'
import { CacheSessionStore } from '@sitecache/session'
import session, { type SessionData } from 'express-session'

/** Where the sessions of a contract lie: made once, emptied after each test. */
export interface SessionCache {
  cache(): Cache
  open?(): Promise<void>
  empty(): Promise<void>
  close?(): Promise<void>
  /** Lets seconds pass, as the store sees them. */
  pass(seconds: number): Promise<void>
}

/** Data of a session, as express-session gives them to a store. */
export function data(maxAge: number | null, more: object = {}): SessionData {
  const cookie = new session.Cookie()
  if (maxAge !== null) cookie.maxAge = maxAge * 1000
  return { cookie, ...more } as SessionData
}

/** What express-session's README says that a store must do (Required), should do (Recommended) and may do (Optional). */
export function sessionContract(name: string, place: SessionCache): void {
  describe(`the session store's contract: ${name}`, () => {
    let store: CacheSessionStore
    beforeAll(async () => place.open?.())
    beforeEach(() => {
      store = new CacheSessionStore({ cache: place.cache() })
    })
    afterEach(() => place.empty())
    afterAll(async () => place.close?.())

    const call = <T>(
      run: (callback: (error?: unknown, result?: T) => void) => void,
    ): Promise<T | undefined> =>
      new Promise((resolve, reject) => run((error, result) => (error ? reject(error) : resolve(result))))
    const get = (sid: string) => call<SessionData | null>((done) => store.get(sid, done))
    const set = (sid: string, value: SessionData) => call<void>((done) => store.set(sid, value, done))
    const touch = (sid: string, value: SessionData) => call<void>((done) => store.touch(sid, value, done))
    const destroy = (sid: string) => call<void>((done) => store.destroy(sid, done))
    const all = async () => (await call((done: Parameters<typeof store.all>[0]) => store.all(done))) ?? []
    const length = () => call<number>((done) => store.length(done))
    const clear = () => call<void>((done) => store.clear(done))

    it('is a Store of express-session', () => expect(store).toBeInstanceOf(session.Store))

    describe('Required: get, set, destroy', () => {
      it('answers null, and no error, for a session that is not there', async () => {
        expect(await get('none')).toBeNull()
      })

      it('gives back what was set, its cookie as it was', async () => {
        const given = data(60, { user: { name: 'Ada', roles: ['a'] }, n: 0, none: null })
        await set('s1', given)
        expect(await get('s1')).toEqual(JSON.parse(JSON.stringify(given)))
        const revived = store.createSession({} as never, (await get('s1')) as SessionData)
        expect(Math.abs(Number(revived.cookie.maxAge) - 60_000)).toBeLessThan(5000)
      })

      it('replaces what was there', async () => {
        await set('s1', data(60, { n: 1 }))
        await set('s1', data(60, { n: 2 }))
        expect(await get('s1')).toMatchObject({ n: 2 })
        expect(await length()).toBe(1)
      })

      it('keeps what it was given, however that is changed afterwards', async () => {
        const given = data(60, { list: [1] })
        await set('s1', given)
        Object.assign(given, { list: [2] })
        const read = await get('s1')
        Object.assign(read ?? {}, { list: [3] })
        expect(await get('s1')).toMatchObject({ list: [1] })
      })

      it('takes any id, and data in any language', async () => {
        for (const sid of ['a b', 'ä/:*?"', 'x'.repeat(500), '__proto__', '']) {
          await set(sid, data(60, { text: `日本 ${sid}` }))
          expect(await get(sid)).toMatchObject({ text: `日本 ${sid}` })
        }
        expect(await length()).toBe(5)
      })

      it('destroys one, and no other; again is no error', async () => {
        await set('s1', data(60))
        await set('s2', data(60))
        await destroy('s1')
        await destroy('s1')
        expect(await get('s1')).toBeNull()
        expect(await get('s2')).not.toBeNull()
      })

      it('needs no callbacks', async () => {
        store.set('s1', data(60, { n: 1 }))
        const deadline = Date.now() + 5000
        while ((await get('s1')) === null && Date.now() < deadline)
          await new Promise((go) => setImmediate(go))
        expect(await get('s1')).toMatchObject({ n: 1 })
        store.touch('s1', data(60))
        store.destroy('s1')
        while ((await get('s1')) !== null && Date.now() < deadline)
          await new Promise((go) => setImmediate(go))
        expect(await get('s1')).toBeNull()
      })
    })

    describe('how long a session lives', () => {
      it('is as long as its cookie', async () => {
        await set('short', data(20))
        await set('long', data(3600))
        await place.pass(30)
        expect(await get('short')).toBeNull()
        expect(await get('long')).not.toBeNull()
        expect(await length()).toBe(1)
      })

      it('is `ttl` when its cookie ends with the browser', async () => {
        store = new CacheSessionStore({ cache: place.cache(), ttl: 20 })
        await set('s1', data(null))
        expect(await get('s1')).not.toBeNull()
        await place.pass(30)
        expect(await get('s1')).toBeNull()
      })

      it('is over for one that has expired', async () => {
        await set('s1', data(60))
        await set('s1', data(-1))
        expect(await get('s1')).toBeNull()
      })

      it('Recommended: touch begins it again, and changes nothing in the session', async () => {
        await set('s1', data(30, { n: 1 }))
        await set('s2', data(30))
        await place.pass(20)
        await touch('s1', data(30, { n: 2 }))
        await place.pass(20)
        expect(await get('s1')).toMatchObject({ n: 1 })
        expect(await get('s2')).toBeNull()
        expect((await all()).map(({ id }) => id)).toEqual(['s1'])
      })

      it.each<[string, (session: SessionData) => void, seconds: number | undefined]>([
        ['maxAge', ({ cookie }) => Object.assign(cookie, { maxAge: 60_000 }), 60],
        [
          'expires, a date',
          ({ cookie }) => Object.assign(cookie, { expires: new Date(Date.now() + 60_000) }),
          60,
        ],
        [
          'expires, a text',
          ({ cookie }) => Object.assign(cookie, { expires: new Date(Date.now() + 60_000).toUTCString() }),
          60,
        ],
        ['expires = false', ({ cookie }) => Object.assign(cookie, { expires: false }), undefined],
        ['expires = null', ({ cookie }) => Object.assign(cookie, { expires: null }), undefined],
        ['maxAge = null', ({ cookie }) => Object.assign(cookie, { maxAge: null }), undefined],
        ['maxAge = false', ({ cookie }) => Object.assign(cookie, { maxAge: false }), undefined],
        [
          'expires, no date',
          ({ cookie }) => Object.assign(cookie, { expires: new Date(Number.NaN) }),
          undefined,
        ],
      ])('is what the cookie says, by set and by touch: %s', async (_, change, seconds) => {
        store = new CacheSessionStore({ cache: place.cache(), ttl: 600 })
        const changed = () => {
          const session = data(5, { n: 1 })
          change(session)
          return session
        }
        await set('set', changed())
        await set('touched', data(5, { n: 1 }))
        await touch('touched', changed())
        for (const sid of ['set', 'touched']) {
          const found = store.createSession({} as never, (await get(sid)) as SessionData)
          expect(found).toMatchObject({ n: 1 })
          const { maxAge } = found.cookie
          if (seconds === undefined) expect(maxAge ?? false).toBeFalsy()
          else expect(Math.abs(Number(maxAge) / 1000 - seconds)).toBeLessThan(5)
        }
        expect(await length()).toBe(2)
      })

      it('moves the end that the session has when it is read, and nothing that another has set', async () => {
        await set('s1', data(60, { n: 1 }))
        await touch('s1', data(600, { n: 2 }))
        const end = async () => Number(new Date(String((await get('s1'))?.cookie.expires))) - Date.now()
        expect(await end()).toBeGreaterThan(500_000)
        expect((await all())[0]).toMatchObject({ id: 's1', n: 1, cookie: { originalMaxAge: 600_000 } })
        await set('s1', data(120, { n: 3 }))
        expect(await end()).toBeLessThan(130_000)
        expect(await get('s1')).toMatchObject({ n: 3 })
        await destroy('s1')
        await touch('s1', data(600))
        expect(await get('s1')).toBeNull()
      })

      it('does not begin again for one that is gone', async () => {
        await touch('s1', data(60))
        expect(await get('s1')).toBeNull()
        expect(await length()).toBe(0)
      })
    })

    describe('Optional: all, length, clear', () => {
      it('lists, counts and ends the sessions, of all processes', async () => {
        const other = new CacheSessionStore({ cache: place.cache() })
        const sids = Array.from({ length: 30 }, (_, i) => `s${i}`)
        await Promise.all(
          sids.map((sid, i) =>
            call<void>((done) => (i % 2 ? other : store).set(sid, data(60, { n: i }), done)),
          ),
        )
        await destroy('s3')
        const listed = await all()
        expect(listed.map(({ id }) => id).sort()).toEqual(sids.filter((sid) => sid !== 's3').sort())
        expect(listed.find(({ id }) => id === 's7')).toMatchObject({ n: 7, cookie: expect.anything() })
        expect(await length()).toBe(29)
        await clear()
        expect(await length()).toBe(0)
        expect(await get('s1')).toBeNull()
        await set('s1', data(60))
        expect(await length()).toBe(1)
      })

      it('is none at first', async () => {
        expect(await all()).toEqual([])
        expect(await length()).toBe(0)
        await clear()
      })

      it('ends the sessions of its prefix alone, and nothing else in the cache', async () => {
        const other = new CacheSessionStore({ cache: place.cache(), prefix: 'admin:' })
        await place.cache().set('page', 1, 60)
        await set('s1', data(60))
        await call<void>((done) => other.set('s1', data(60, { n: 2 }), done))
        await clear()
        expect(await get('s1')).toBeNull()
        expect(await place.cache().get('page')).toBe(1)
        expect(await call<SessionData | null>((done) => other.get('s1', done))).toMatchObject({ n: 2 })
      })
    })
  })
}
