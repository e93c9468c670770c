import { describe, expect, it } from '@jest/globals'
import { anyCharacter } from '@sitecache/test-support/properties'
import { bodyOf, getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { site } from '@sitecache/test-support/site'
import fc from 'fast-check'

const encodings = ['utf8', 'utf16le', 'latin1', 'ascii', 'binary', 'base64', 'base64url', 'hex'] as const

/** Texts that are shorter as bytes than their encoding lets expect, and others. (Of hex, Node takes pairs alone.) */
const texts = fc.oneof(
  fc.string({ unit: anyCharacter, minLength: 1 }).map((text) => text.padEnd(text.length + (text.length % 2))),
  fc.base64String({ minLength: 4 }).map((text) => text.replace(/.{3}/g, '$&\r\n')),
  fc.array(fc.constantFrom('ff', 'zz', '0a'), { minLength: 1 }).map((pairs) => pairs.join('')),
)

describe('the bytes of a hit', () => {
  it('are those that were written, and nothing of what memory held before', async () => {
    let chunks: readonly (readonly [string, BufferEncoding])[] = []
    const { app } = site((_req, res) => {
      // As every handler that decodes for Node does: it knows the length.
      const whole = Buffer.concat(chunks.map(([text, encoding]) => Buffer.from(text, encoding)))
      res.setHeader('Content-Length', whole.length)
      for (const [text, encoding] of chunks) res.write(text, encoding)
      res.end()
    })
    const url = await serve(app)
    let page = 0
    const lists = fc.array(fc.tuple(texts, fc.constantFrom(...encodings)), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(lists, async (list) => {
        chunks = list
        page += 1
        const whole = Buffer.concat(list.map(([text, encoding]) => Buffer.from(text, encoding)))
        for (let i = 0; i < 2; i += 1) {
          const response = await getRaw(url, `/${page}`)
          expect(bodyOf(response).equals(whole)).toBe(true)
        }
        expect(headerOf(await getRaw(url, `/${page}`), 'cache-status')).toMatch(/^sitecache; hit/)
      }),
      { numRuns: 150 },
    )
  }, 30_000)

  it.each([
    ['hex', 'z'.repeat(400)],
    ['base64', `AAAA${' '.repeat(400)}`],
    ['base64url', `AAAA${'\r\n'.repeat(200)}`],
  ] as const)('are no more than a text in %s holds, whatever its length promised', async (encoding, text) => {
    const { app } = site((_req, res) => res.end(text, encoding))
    const url = await serve(app)
    await getRaw(url, '/')
    expect(bodyOf(await getRaw(url, '/')).length).toBe(Buffer.from(text, encoding).length)
  })
})
