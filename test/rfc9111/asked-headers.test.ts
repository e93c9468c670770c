import { describe, expect, it } from '@jest/globals'
import { conditionalGet, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { type Framework, frameworks, type Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'

/** A middleware that puts a copy in the place of a request's headers. */
const copyHeaders: Use = (req, _res, next) => {
  req.headers = { ...req.headers, 'x-copied': 'yes' }
  next()
}

const layers: Readonly<Record<string, () => readonly Use[]>> = {
  'siteCache()': () => [siteCache({ cache: freshCache(), policy: 'rfc9111' })],
  'both halves': () => [updateCache({ cache: freshCache(), policy: 'rfc9111' }), fetchFromCache()],
}

/** A page that is asked about each time. */
const application = ({ build }: Framework, middlewares: readonly Use[]) =>
  build([conditionalGet(), ...middlewares, copyHeaders], (req, res) => {
    res.setHeader('ETag', '"v1"')
    res.setHeader('Cache-Control', 'public, no-cache')
    res.statusCode = req.headers['if-none-match'] === '"v1"' ? 304 : 200
    res.end(res.statusCode === 304 ? undefined : 'page')
  })

describe.each(frameworks)(
  'RFC 9111 §4.3.1 on $name: conditions that the cache puts to a handler',
  (framework) => {
    it.each(Object.entries(layers))(
      'are not its client’s, where the application copies the headers: %s',
      async (_, middlewares) => {
        const app = application(framework, middlewares())
        for (const _time of [1, 2, 3]) {
          const { status, text } = await request(app).get('/page').buffer(true)
          expect([status, text]).toEqual([200, 'page'])
        }
        expect((await request(app).get('/page').set('If-None-Match', '"v1"')).status).toBe(304)
      },
    )
  },
)
