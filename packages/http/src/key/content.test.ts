import { describe, expect, it } from '@jest/globals'
import { contentKeyText, isSafe } from '../index.js'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

describe('contentKeyText', () => {
  it('is the same for the same content and metadata, whatever else the request says', () => {
    const type = { 'content-type': 'application/json' }
    const more = { ...type, accept: 'text/csv', 'content-length': '2', digest: 'x' }
    expect(contentKeyText(bytes('{}'), more)).toBe(contentKeyText(new Uint8Array(bytes('{}')), type))
  })

  it('differs by every byte: nothing is normalized (RFC 10008 §2.7)', () => {
    const contents = ['{"a":1}', '{"a": 1}', '{"a":1}\n', '{"A":1}', '', ' ', '\0', '\xff']
    expect(new Set(contents.map((text) => contentKeyText(bytes(text), {}))).size).toBe(contents.length)
  })

  it('tells an absent field from an empty one, and one field from another', () => {
    const headers = ['content-type', 'content-encoding', 'content-language', 'content-location'].flatMap(
      (name) => [{ [name]: '' }, { [name]: 'x' }, { [name]: ['x', 'x'] }, { [name]: 'x, x' }],
    )
    const all = [{}, ...headers].map((map) => contentKeyText(bytes('a'), map))
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('isSafe', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])('%s changes nothing', (method) => {
    expect(isSafe(method)).toBe(true)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'query', '', 'FOO'])('%s may change something', (method) => {
    expect(isSafe(method)).toBe(false)
  })
})
