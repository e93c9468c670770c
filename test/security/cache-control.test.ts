import { describe, expect, it } from '@jest/globals'
import { cachePage } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { site } from '@sitecache/test-support/site'

/** Fields that say, in some way, that the page is one visitor's own, or not to be kept. */
const forbidding: readonly (string | readonly string[])[] = [
  'no-store',
  'NO-STORE',
  'max-age=60,no-store',
  'max-age=60 ,\tno-store ',
  ', ,no-store, ,',
  'no-store=1',
  'no-store=""',
  'no-store;ext',
  'private; max-age=60',
  'max-age=60; private',
  'max-age=60;no-store',
  'public, private',
  'private, public',
  'max-age=60, x="unclosed, no-store',
  'max-age=60, x="unclosed \\", private',
  'x=", private',
  'x="a", y="b, private',
  ['max-age=60', 'no-store'],
  ['no-store', 'max-age=60'],
  ['x="', 'private'],
  ['public, max-age=60', 'x=1', 'private'],
]

describe.each(['django', 'rfc9111'] as const)('policy %s: Cache-Control', (policy) => {
  it.each(forbidding.map((value) => [value]))('keeps nothing: %p', async (value) => {
    const { app, renders } = site((_req, res) => res.writeHead(200, heads(value)).end('x'), { policy })
    const url = await serve(app)
    for (let i = 0; i < 2; i += 1) await getRaw(url, '/')
    expect(renders()).toBe(2)
  })

  it.each(forbidding.map((value) => [value]))(
    'keeps nothing under a timeout of the application: %p',
    async (value) => {
      let renders = 0
      const handler = cachePage('15m', { cache: freshCache(), policy })((_req, res) => {
        renders += 1
        res.writeHead(200, heads(value)).end('x')
      })
      const url = await serve(handler)
      for (let i = 0; i < 2; i += 1) await getRaw(url, '/')
      expect(renders).toBe(2)
    },
  )

  it.each([
    'private="X-Name"',
    'private=x-name',
    'no-cache="X-Name"',
    'private="x, X-NAME"',
    'no-cache=X-Name',
  ])('gives nobody a field that it names for another: %s', async (value) => {
    let renders = 0
    const handler = cachePage('15m', { cache: freshCache(), policy })((_req, res) => {
      renders += 1
      res.writeHead(200, { 'Cache-Control': value, ETag: '"v1"', 'X-Name': `visitor ${renders}` }).end('x')
    })
    const url = await serve(handler)
    const first = await getRaw(url, '/')
    expect(headerOf(first, 'x-name')).toBe('visitor 1')
    expect(headerOf(await getRaw(url, '/'), 'x-name')).not.toBe('visitor 1')
  })

  it.each(['max-age=60, x="no-store, private"', 'max-age=60, x="a\\", no-store"', 'max-age=60, x-no-store'])(
    'is no more than it says: %s',
    async (value) => {
      const { app } = site((_req, res) => res.writeHead(200, heads(value)).end('x'), { policy })
      const url = await serve(app)
      await getRaw(url, '/')
      expect(headerOf(await getRaw(url, '/'), 'cache-status')).toMatch(/hit/)
    },
  )
})

function heads(value: string | readonly string[]): string[] {
  return [value].flat().flatMap((line) => ['Cache-Control', line])
}
