import { describe, expect, it } from '@jest/globals'
import * as core from '@sitecache/core'
import { cacheControl, createCaches, dummyStore, siteCache, varyOnHeaders } from '@sitecache/express'
import { encodeKeyParts } from '@sitecache/http'
import { root } from '@sitecache/test-support/workspace'
import { codesOf } from '../scripts/lib/codes-page.mjs'

const documented = codesOf(root, 'errors')

/** The error that a step ends with. */
async function errorOf(step: () => unknown): Promise<unknown> {
  try {
    await step()
  } catch (error) {
    return error
  }
  throw new Error('The step has thrown nothing')
}

const cache = createCaches({ default: 'memory:' }).get('default')
const closed = core.guardStore(dummyStore())

const steps: Readonly<Record<string, () => unknown>> = {
  ERR_SITECACHE_SETTINGS: () => siteCache({ hosts: [] }),
  ERR_SITECACHE_UNKNOWN_CACHE: () => siteCache({ cache: 'nowhere' }),
  ERR_SITECACHE_KEY_NOT_FOUND: () => cache.incr('absent'),
  ERR_SITECACHE_VALUE: () => cache.set('key', () => 1),
  ERR_SITECACHE_STORE: async () => {
    await closed.close()
    await closed.get('key')
  },
  ERR_SITECACHE_LOCK_TIMEOUT: () =>
    cache.lock('busy', () => cache.lock('busy', () => 1, { timeout: 0.01 }), { timeout: 1 }),
  ERR_SITECACHE_TOO_LARGE: () => core.memoryStore({ maxBytes: 1024 }).set('key', Buffer.alloc(4096), null),
  ERR_SITECACHE_KEY_PART: () => encodeKeyParts({ kind: 'site', keyParts: [{} as never] }),
  ERR_SITECACHE_DIRECTIVE: () => cacheControl({ maxage: 60 } as never),
  ERR_SITECACHE_FIELD_NAME: () => varyOnHeaders('Accept Language'),
}

describe('an error', () => {
  it.each(Object.entries(steps))('has the code %s', async (code, step) => {
    expect(await errorOf(step)).toMatchObject({ code })
  })

  it('has the code, whichever function of its kind throws it', async () => {
    expect(await errorOf(() => cacheControl({ maxAge: -1 }))).toMatchObject({
      code: 'ERR_SITECACHE_DIRECTIVE',
    })
    expect(await errorOf(() => cacheControl({}, { 'no field': {} } as never))).toMatchObject({
      code: 'ERR_SITECACHE_FIELD_NAME',
    })
  })

  it('has a code of its own in each class', () => {
    const classes = Object.values(core).filter(
      (it): it is typeof core.SitecacheError => typeof it === 'function' && /Error$/.test(it.name),
    )
    const codes = classes.map((each) => new each('message').code)
    expect(classes.length).toBeGreaterThan(7)
    expect(new Set(codes).size).toBe(classes.length)
    expect(codes.filter((code) => !documented.includes(code))).toEqual([])
  })
})
