import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCaches, SettingsError } from '@sitecache/core'
import { memcachedStore, storeFromUrl } from '@sitecache/memcached'
import { type Memcached, startMemcached } from '@sitecache/test-support/servers/memcached'
import { freePort, temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { testFolder } from '@sitecache/test-support/workspace'
import { raw } from './raw.js'

const user = { username: 'site', password: 'hush@hush:1' }
/** On a busy machine a server may take longer than a request should wait. */
const patient = { timeoutMs: 5000 }
let plain: Memcached
let other: Memcached
let socket: Memcached
let sasl: Memcached
let token: Memcached
let folder: string

beforeAll(async () => {
  folder = await temporaryFolder('memcached')
  const passwords = join(folder, 'passwords')
  await writeFile(passwords, `${user.username}:hush\n`)
  ;[plain, other, socket, sasl, token] = await Promise.all([
    startMemcached(),
    startMemcached(),
    startMemcached({ socket: true }),
    startMemcached({ sasl: user }),
    startMemcached({ args: ['-Y', passwords] }),
  ])
})
afterAll(async () => {
  await Promise.all([plain, other, socket, sasl, token].map((server) => server.stop()))
  await rm(folder, { recursive: true })
})

/** Sets and reads a value; what went wrong instead. */
async function attempt(store: ReturnType<typeof memcachedStore>): Promise<unknown> {
  const cache = createCaches({ default: { store } }).get('default')
  const errors: string[] = []
  cache.on('error', ({ error }) => errors.push(String(error)))
  await cache.set('k', 'value')
  const value = await cache.get('k')
  await cache.close()
  return errors.length === 0 ? value : errors.join('\n')
}

describe('a user and password', () => {
  it('open a server with SASL', async () => {
    expect(await attempt(memcachedStore(sasl.server, { ...user, ...patient }))).toBe('value')
  })

  it('open a server with a file of passwords, in the text protocol', async () => {
    const store = memcachedStore(token.server, {
      username: 'site',
      password: 'hush',
      protocol: 'text',
      ...patient,
    })
    expect(await attempt(store)).toBe('value')
  })

  it.each([
    ['wrong ones', 'sasl', { username: 'site', password: 'wr0ng-secret' }],
    [
      'wrong ones, in text',
      'token',
      { username: 'site', password: 'wr0ng-secret', protocol: 'text' as const },
    ],
    ['none', 'sasl', {}],
    ['none, in text', 'token', {}],
  ])(
    'that are %s make misses, errors and a check that says so, and no message shows them',
    async (_what, kind, options) => {
      const server = kind === 'sasl' ? sasl.server : token.server
      const told = await attempt(memcachedStore(server, options))
      expect(told).toMatch(/memcached at 127\.0\.0\.1/)
      const store = memcachedStore(server, options)
      const fault = await store.check().then(
        () => 'usable',
        (error: Error) => error.message,
      )
      await store.close()
      expect(fault).toMatch(/username and password|protocol/)
      expect(`${told}${fault}`).not.toMatch(/wr0ng/)
    },
  )

  it('are given both or neither', () => {
    expect(() => memcachedStore('a', { username: 'x' })).toThrow(/password is missing/)
    expect(() => memcachedStore('a', { password: 'x' })).toThrow(/username is missing/)
  })
})

describe('servers', () => {
  it.each([
    ['one', () => plain.server],
    ['a list', () => [plain.server, other.server]],
    ['several in a text', () => `${plain.server};${other.server}`],
    ['several with commas', () => `${plain.server}, ${other.server}`],
    ['a name', () => `localhost:${plain.port}`],
    ['a Unix socket', () => socket.server],
    ['a Unix socket and a port', () => [socket.server, plain.server]],
  ])('may be %s', async (_what, servers) => {
    expect(await attempt(memcachedStore(servers(), patient))).toBe('value')
  })

  it.each([
    [''],
    ['a b'],
    ['host:0'],
    ['host:70000'],
    ['host:port'],
    ['a:1:2'],
    ['http://host'],
    [[]],
    [[7]],
    [{ host: 'a' }],
    [undefined],
  ])('are no %j', (servers) => {
    expect(() => memcachedStore(servers as string)).toThrow(SettingsError)
    expect(() => memcachedStore(servers as string)).toThrow(
      /memcachedStore\(\)'s server must be such as '10\.0\.0\.1:11211'/,
    )
  })

  it('may be URLs, with credentials and options, which those in code outrank', async () => {
    const url = (server: string, rest = '') => `memcached://${server}${rest}`
    expect(await attempt(memcachedStore(url(plain.server, '/?timeout_ms=5000')))).toBe('value')
    expect(await attempt(memcachedStore(url(`${plain.server};${other.server}`), patient))).toBe('value')
    expect(await attempt(memcachedStore([url(plain.server), other.server], patient))).toBe('value')
    expect(await attempt(memcachedStore(`${url(plain.server)},${url(other.server)}`, patient))).toBe('value')
    expect(await attempt(memcachedStore(url(socket.server), patient))).toBe('value')
    const login = `${user.username}:${encodeURIComponent(user.password)}`
    expect(await attempt(memcachedStore(url(`${login}@${sasl.server}`), patient))).toBe('value')
    const small = memcachedStore(url(plain.server, '?maxValueBytes=10&timeoutMs=2'), {
      ...patient,
      maxValueBytes: 1000,
    })
    expect(await attempt(small)).toBe('value')
    expect(() => memcachedStore(url(plain.server, '?timeoutMS=5'))).toThrow(/Did you mean timeoutMs/)
    expect(() => memcachedStore(url('me:hush@'))).toThrow(SettingsError)
    expect(() => memcachedStore('redis://127.0.0.1')).toThrow(/server must be such as/)
    expect(() => memcachedStore(plain.server, { timeoutMs: 2 ** 31 })).toThrow(
      /at most 86400000 milliseconds/,
    )
  })

  it('are named once', () => {
    expect(() => memcachedStore(['a', 'a:11211'])).toThrow(/named once/)
  })

  it('have no user in their name, and the error does not show one', () => {
    expect(() => memcachedStore('me:secret@host')).toThrow(/must have no user: see the options/)
    expect(() => memcachedStore('me:secret@host')).not.toThrow(/secret/)
  })

  it.each([
    [{ timeout: 5 }, /timeout is not an option\. Did you mean timeoutMs\?/],
    [{ protocol: 'meta' }, /protocol must be 'text' or 'binary'; got 'meta'/],
    [{ failures: 0 }, /failures must be a whole number of at least 1/],
    [{ maxValueBytes: '1m' }, /maxValueBytes must be a whole number/],
  ])('do not take the options %j', (options, message) => {
    expect(() => memcachedStore('a', options as object)).toThrow(message)
  })
})

describe('a URL', () => {
  const cwd = testFolder
  const program = `
    import { createCaches } from '@sitecache/core'
    const caches = createCaches({ default: process.argv[1] })
    const cache = caches.get('default')
    await cache.set('k', 'value')
    console.log(await cache.get('k'), cache.timeout)
    await caches.close()`
  const viaUrl = async (url: string) =>
    (
      await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, url], { cwd })
    ).stdout.trim()

  it('is all that a cache needs', async () => {
    expect(await viaUrl(`memcached://${plain.server};${other.server}/?timeout=60&timeout_ms=5000`)).toBe(
      'value 60',
    )
    expect(await viaUrl(`memcached://${socket.server}?max_value_bytes=1000&timeoutMs=5000`)).toBe('value 300')
    const { username, password } = user
    expect(
      await viaUrl(`memcached://${username}:${encodeURIComponent(password)}@${sasl.server}?timeoutMs=5000`),
    ).toBe('value 300')
    expect(await raw(plain.server, 'get sitecache~clears')).toMatch(/VALUE/)
  })

  it('with an unknown option is refused', () => {
    const make = () => storeFromUrl(new URL('memcached://a'), { hosts: ['a'], query: { timeoutMS: '5' } })
    expect(make).toThrow(/timeoutMS is not an option\. Did you mean timeoutMs\?/)
  })

  it('without a server is refused', () => {
    expect(() => storeFromUrl(new URL('memcached:'), { hosts: [], query: {} })).toThrow(
      /server must be such as/,
    )
  })
})

describe('check', () => {
  const fault = async (servers: string | string[]) => {
    const store = memcachedStore(servers, patient)
    try {
      await store.check()
      return 'usable'
    } catch (error) {
      return String(error)
    } finally {
      await store.close()
    }
  }

  it('finds nothing about servers that can be used, and leaves nothing there', async () => {
    expect(await fault([plain.server, socket.server])).toBe('usable')
    expect(await raw(plain.server, 'lru_crawler metadump hash', /END\r\n$/)).not.toMatch(/check/)
  })

  it('says of each server what is wrong, and what to do', async () => {
    const refusing = `127.0.0.1:${await freePort()}`
    const told = await fault([plain.server, refusing, '/nowhere/memcached.sock', 'no-such-host.invalid'])
    expect(told).toMatch(new RegExp(`${refusing}.*is memcached running there`))
    expect(told).toMatch(/nowhere\/memcached\.sock.*is there such a socket/)
    expect(told).toMatch(/no-such-host\.invalid/)
    expect(told).not.toContain(plain.server)
  })
})
