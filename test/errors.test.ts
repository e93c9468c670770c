import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import * as core from '@sitecache/core'
import { cacheControl, createCaches, dummyStore, siteCache, varyOnHeaders } from '@sitecache/express'
import { encodeKeyParts } from '@sitecache/http'
import { root } from '@sitecache/test-support/workspace'

const page = await readFile(join(root, 'docs/reference/errors.md'), 'utf8')
const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading)

/** Codes that the sources of all packages name. */
async function codesInSources(): Promise<string[]> {
  const files = await readdir(join(root, 'packages'), { recursive: true })
  const own = files.filter((file) => /^[a-z]+\/src\/.*(?<!\.test|\.d)\.ts$/.test(file.replaceAll('\\', '/')))
  const texts = await Promise.all(own.map((file) => readFile(join(root, 'packages', file), 'utf8')))
  const codes = texts.flatMap((text) =>
    [...text.matchAll(/'(ERR_SITECACHE\w*)'/g)].map(([, code = '']) => code),
  )
  return [...new Set(codes)].sort()
}

describe('docs/reference/errors.md', () => {
  it('has a heading for each code of the sources, and no other', async () => {
    expect([...headings].sort()).toEqual(await codesInSources())
  })

  it.each(headings)('says of %s what is allowed, and the remedy', (code) => {
    const [entry = ''] = page.split(`\n## ${code}\n`)[1]?.split('\n## ') ?? []
    expect(entry).toMatch(/^\n\S[\s\S]*\n- \*\*Allowed\.\*\* \S[\s\S]*\n- \*\*Remedy\.\*\* \S/)
  })
})

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
    expect(codes.filter((code) => !headings.includes(code))).toEqual([])
  })
})
