import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { frameworks } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'

const odd = ['Accept-Encoding, ', ',', 'foo bar', 'Accept-Encoding;q=1, X-A', '@, X-A', '"x"']

describe.each(frameworks.map((framework) => [framework.name, framework] as const))('%s', (_, framework) => {
  it.each(odd)('has a page with Vary: %p served beside a Vary that stands', async (vary) => {
    const prior = (
      _req: unknown,
      res: { setHeader(name: string, value: string): unknown },
      next: () => void,
    ) => {
      res.setHeader('Vary', 'Origin')
      next()
    }
    const app = framework.build([prior, siteCache({ cache: freshCache() })], (_req, res) => {
      res.setHeader('Vary', vary)
      res.end('page')
    })
    const url = await serve(app)
    for (let i = 0; i < 2; i += 1) {
      const answer = await getRaw(url, '/page')
      expect([answer.status, answer.body.toString()]).toEqual([200, 'page'])
      if (i === 1) expect(headerOf(answer, 'vary')).toMatch(/Origin/)
    }
  })
})
