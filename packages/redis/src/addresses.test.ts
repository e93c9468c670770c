import { describe, expect, it } from '@jest/globals'
import { SettingsError } from '@sitecache/core/store'
import { addressOf, showEndpoint, splitUrl } from './addresses.js'

const read = (text: string) => addressOf(splitUrl(text, 'redisStore()').parts, 'redisStore()')
const at = (host: string, port: number) => ({ host, port })

describe('a URL of Redis', () => {
  it.each([
    ['redis://10.0.0.1', { kind: 'server', endpoints: [at('10.0.0.1', 6379)] }],
    ['redis://', { kind: 'server', endpoints: [at('localhost', 6379)] }],
    ['redis:///3', { kind: 'server', endpoints: [at('localhost', 6379)], db: 3 }],
    ['redis://h:7000/2', { kind: 'server', endpoints: [at('h', 7000)], db: 2 }],
    ['REDIS://h', { kind: 'server', endpoints: [at('h', 6379)] }],
    ['redis://[::1]:7000', { kind: 'server', endpoints: [at('::1', 7000)] }],
    ['redis://:secret@h', { kind: 'server', endpoints: [at('h', 6379)], password: 'secret' }],
    [
      'redis://me:p%40s%2Fs@h',
      { kind: 'server', endpoints: [at('h', 6379)], username: 'me', password: 'p@s/s' },
    ],
    ['redis://me:100%@h', { kind: 'server', endpoints: [at('h', 6379)], username: 'me', password: '100%' }],
    ['redis://me:a:b@h', { kind: 'server', endpoints: [at('h', 6379)], username: 'me', password: 'a:b' }],
    ['rediss://h', { kind: 'server', endpoints: [at('h', 6379)], tls: {} }],
    ['redis://a,b;c:1', { kind: 'server', endpoints: [at('a', 6379), at('b', 6379), at('c', 1)] }],
    ['redis:///run/redis.sock', { kind: 'server', endpoints: [{ path: '/run/redis.sock' }] }],
    ['/run/redis.sock', { kind: 'server', endpoints: [{ path: '/run/redis.sock' }] }],
    ['unix:///run/redis.sock', { kind: 'server', endpoints: [{ path: '/run/redis.sock' }] }],
    [
      'redis+sentinel://a;b:2/main',
      { kind: 'sentinel', endpoints: [at('a', 26379), at('b', 2)], name: 'main' },
    ],
    [
      'redis+sentinel://:pw@a/main/4',
      { kind: 'sentinel', endpoints: [at('a', 26379)], name: 'main', db: 4, password: 'pw' },
    ],
    ['redis+cluster://a:1;b:2', { kind: 'cluster', endpoints: [at('a', 1), at('b', 2)] }],
  ])('%s', (url, address) => expect(read(url)).toEqual(address))

  it('keeps its options', () => {
    const { query } = splitUrl('redis://h/1?timeout_ms=50&tls=true', 'redisStore()')
    expect([...query]).toEqual([
      ['timeout_ms', '50'],
      ['tls', 'true'],
    ])
  })

  it.each([
    ['10.0.0.1:6379', /redisStore\(\) must be 'redis:\/\/host:port\/db'.*got '10\.0\.0\.1:6379'/],
    ['http://h', /must be 'redis:/],
    ['', /must be 'redis:/],
    ['redis://h:0', /'h:0' is not a host, or host:port/],
    ['redis://h:70000', /is not a host, or host:port/],
    ['redis://h:x', /is not a host, or host:port/],
    ['redis://h/one', /the path must be a database's number; got '\/one'/],
    ['redis://h/1/2', /the path must be a database's number/],
    ['redis+sentinel://a', /needs the leader's name/],
    ['redis+cluster://a/x', /the path must be a database's number/],
  ])('%s is refused', (url, message) => {
    expect(() => read(url)).toThrow(SettingsError)
    expect(() => read(url)).toThrow(message)
  })

  it('is refused without its password', () => {
    for (const url of ['redis://me:secret@h:x', 'http://me:secret@h', 'redis://me:secret@h/one/two']) {
      expect(() => read(url)).toThrow(
        expect.not.objectContaining({ message: expect.stringMatching(/secret/) }),
      )
    }
  })
})

describe('a place in a message', () => {
  it.each([
    [at('h', 1), 'h:1'],
    [at('::1', 1), '[::1]:1'],
    [{ path: '/run/redis.sock' }, '/run/redis.sock'],
  ])('%j', (endpoint, text) => expect(showEndpoint(endpoint)).toBe(text))
})
