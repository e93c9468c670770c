import { describe, expect, it } from '@jest/globals'
import { decideResponse, freshenedHeaders, Page } from '../index.js'

const pageOf = (...headers: string[]): Page =>
  new Page({
    status: 200,
    statusMessage: '',
    headers,
    removed: [],
    body: Buffer.from('body'),
    storedAt: Date.UTC(2026, 5, 1, 12),
    initialAge: 0,
    lifetime: 60,
  })

describe('freshenedHeaders (RFC 9111 §3.2)', () => {
  it.each<[string, string[], string[], string[]]>([
    [
      'replaces what the newer response names',
      ['X-A', '1', 'X-B', '1'],
      ['x-a', '2'],
      ['x-a', '2', 'X-B', '1'],
    ],
    ['adds what is new', ['X-A', '1'], ['X-C', '3'], ['X-A', '1', 'X-C', '3']],
    [
      'keeps what describes the stored body',
      ['ETag', '"1"', 'Content-Digest', 'sha-256=:a:', 'Repr-Digest', 'sha-256=:b:'],
      ['ETag', '"2"', 'Content-Digest', 'sha-256=:e:', 'Repr-Digest', 'sha-256=:f:', 'Content-Length', '0'],
      ['ETag', '"1"', 'Content-Digest', 'sha-256=:a:', 'Repr-Digest', 'sha-256=:b:'],
    ],
    [
      'keeps names in Vary that the newer response leaves out',
      ['Vary', 'Origin, Accept-Encoding'],
      ['Vary', 'Origin'],
      ['Vary', 'Origin, accept-encoding'],
    ],
    [
      'keeps a Vary that the newer response has not',
      ['Vary', 'Origin'],
      ['X-A', '1'],
      ['Vary', 'Origin', 'X-A', '1'],
    ],
    ['survives a Vary of no field names', ['Vary', 'a b'], ['Vary', 'Origin'], ['Vary', 'Origin']],
  ])('%s', (_, stored, newer, merged) => {
    expect(freshenedHeaders(pageOf(...stored), newer)).toEqual(merged)
  })
})

describe('a 304 to the cache’s own question (RFC 9111 §4.3.4)', () => {
  const actionFor = (stored: string | undefined, newer: string | undefined): string =>
    decideResponse({
      method: 'GET',
      status: 304,
      headers: newer === undefined ? {} : { etag: newer },
      storability: { storable: false, reason: 'status' },
      stored: stored === undefined ? pageOf('Last-Modified', 'x') : pageOf('ETag', stored),
      describesTarget: false,
      validating: true,
    }).action

  it.each([
    ['"v1"', '"v1"', 'freshen'],
    ['"v1"', undefined, 'freshen'],
    [undefined, '"v1"', 'freshen'],
    ['W/"v1"', '"v1"', 'freshen'],
    ['"v1"', 'W/"v1"', 'freshen'],
    ['"v1"', '"v2"', 'invalidate'],
    ['W/"v1"', 'W/"v2"', 'invalidate'],
  ])('about %s that names %s: %s', (stored, newer, action) => expect(actionFor(stored, newer)).toBe(action))
})
