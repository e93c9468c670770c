import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { ask } from '../support/ask.js'
import { serve } from '../support/serve.js'
import { Watched } from './watched.js'

const original = Object.getOwnPropertyDescriptors(Headers.prototype)
const entries = (req: IncomingMessage) => Object.entries(req.headers) as [string, string][]
const cookies = { Cookie: 'a=1', 'User-Agent': 'test', 'X-U': 'ada' }

const byName = (name: string) => name !== 'copy' && name !== 'header:*'

/** Answers what is noted by name while a function looks at a request whose headers were all read. */
async function notedBy(look: (req: IncomingMessage) => unknown, sent: Record<string, string> = cookies) {
  const url = await serve(async (req, res) => {
    const watched = new Watched(req, res)
    await look(req)
    watched.stop()
    await look(req)
    res.end(JSON.stringify(watched.read.filter(byName)))
  })
  return JSON.parse((await ask(url, sent)).body)
}

const request = (req: IncomingMessage) => new Request('http://a.example', { headers: entries(req) })

describe('a copy of all headers', () => {
  const looks: [string, (req: IncomingMessage) => unknown, string[]][] = [
    ['get', (req) => new Headers(entries(req)).get('X-U'), ['x-u']],
    ['get of what is absent', (req) => new Headers(entries(req)).get('x-tenant'), ['x-tenant']],
    ['has', (req) => new Headers(entries(req)).has('x-tenant'), ['x-tenant']],
    ['the cookies', (req) => new Headers(entries(req)).get('cookie'), ['cookie:*']],
    ['a field called session', (req) => new Headers(entries(req)).get('session'), ['header:session']],
    ['a Request', (req) => request(req).headers.get('accept-language'), ['accept-language']],
    ['a clone of a Request', (req) => request(req).clone().headers.get('x-u'), ['x-u']],
    ['a Request made of a Request', (req) => new Request(request(req)).headers.get('x-u'), ['x-u']],
    ['a Headers of Headers', (req) => new Headers(request(req).headers).get('x-u'), ['x-u']],
    ['one whose host was changed', (req) => changed(req, 'host', 'b.example').get('x-u'), ['x-u']],
    ['one whose cookie was changed', (req) => changed(req, 'cookie', 'b=2').get('x-u'), ['x-u']],
    ['one without its host', (req) => changed(req, 'host').get('x-u'), ['x-u']],
    ['one that is changed once it was read', (req) => readThenEmptied(req).get('x-u'), ['user-agent', 'x-u']],
    ['entries', (req) => [...new Headers(entries(req)).entries()], []],
    ['keys', (req) => [...new Headers(entries(req)).keys()], []],
    ['values', (req) => [...new Headers(entries(req)).values()], []],
    ['forEach', (req) => new Headers(entries(req)).forEach(() => {}), []],
    ['iteration', (req) => Array.from(new Headers(entries(req))), []],
    ["a response's own", () => new Response('', { headers: { 'X-U': 'b' } }).headers.get('x-u'), []],
    ['empty ones', () => new Headers().get('x-u'), []],
    ["another visitor's", () => new Headers({ cookie: 'a=2', 'user-agent': 'b' }).get('x-u'), []],
  ]
  it.each(looks)('notes %s', async (_, look, expected) => {
    expect(await notedBy(look)).toEqual(expected)
  })

  it('counts for each request that it may belong to, and for no other', async () => {
    const watches: Watched[] = []
    const copies: Headers[] = []
    let leave = () => {}
    const all = new Promise<void>((resolve) => {
      leave = resolve
    })
    const url = await serve(async (req, res) => {
      const watched = new Watched(req, res)
      watches.push(watched)
      copies.push(new Headers(entries(req)))
      if (watches.length === 3) {
        copies[0]?.get('x-u')
        leave()
      }
      await all
      watched.stop()
      res.end()
    })
    const send = (headers: Record<string, string>) => ask(url, headers)
    await Promise.all([
      send(cookies),
      send(cookies),
      send({ ...cookies, Cookie: 'b=2', 'User-Agent': 'other' }),
    ])
    const read = (cookie: string) =>
      watches.filter((it) => it.headers.cookie === cookie).map((it) => it.read.filter(byName))
    // The order in which they come is the system's: the copy is of whichever came first.
    const expected = watches[0]?.headers.cookie === 'a=1' ? [[['x-u'], ['x-u']], [[]]] : [[[], []], [['x-u']]]
    expect([read('a=1'), read('b=2')]).toEqual(expected)
  })
})

function changed(req: IncomingMessage, name: string, value?: string): Headers {
  const headers = new Headers(entries(req))
  if (value === undefined) headers.delete(name)
  else headers.set(name, value)
  return headers
}

function readThenEmptied(req: IncomingMessage): Headers {
  const headers = new Headers(entries(req))
  headers.get('user-agent')
  for (const name of ['host', 'cookie', 'user-agent']) headers.delete(name)
  return headers
}

describe('Headers, once patched', () => {
  it('have methods of the same shape', async () => {
    await notedBy((req) => new Headers(entries(req)).get('a'))
    const patched = Object.getOwnPropertyDescriptors(Headers.prototype)
    expect(patched.get.value).not.toBe(original.get.value)
    expect(Reflect.ownKeys(patched)).toEqual(Reflect.ownKeys(original))
    const shape = ({ value, ...rest }: PropertyDescriptor = {}) => [rest, value?.name, value?.length]
    for (const key of Reflect.ownKeys(original) as (keyof typeof original)[])
      expect(shape(patched[key])).toEqual(shape(original[key]))
    expect(Headers.prototype[Symbol.iterator]).toBe(Headers.prototype.entries)
    expect(() => Reflect.construct(Headers.prototype.get, [])).toThrow(TypeError)
  })

  it('refuse what they refused, in the same words', async () => {
    const refusals: [string, unknown, unknown[]][] = [
      ['get', new Headers(), []],
      ['get', {}, ['a']],
      ['get', undefined, ['a']],
      ['get', new Headers(), ['']],
      ['has', new Headers(), ['a b']],
      ['forEach', new Headers(), []],
      ['forEach', new Headers(), [1]],
      ['entries', {}, []],
    ]
    const errors: string[] = []
    const expected: string[] = []
    const before = errorsOf(original, refusals)
    await notedBy(() => {
      errors.push(...errorsOf(Object.getOwnPropertyDescriptors(Headers.prototype), refusals))
      expected.push(...before)
    })
    expect(errors).toEqual(expected)
    expect(errors.length).toBeGreaterThan(0)
  })
})

function errorsOf(of: object, calls: readonly [string, unknown, unknown[]][]): string[] {
  return calls.map(([name, self, args]) => {
    try {
      Reflect.apply(Reflect.get(of, name).value, self, args)
      return 'nothing'
    } catch (error) {
      return String(error)
    }
  })
}

const servers: { close(): unknown }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

it('serves a page by fetch as before', async () => {
  const server = createServer((req, res) => res.setHeader('X-Seen', String(req.headers['x-u'])).end('page'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  const { port } = server.address() as AddressInfo
  const result = await notedBy(async () => {
    const response = await fetch(`http://127.0.0.1:${port}`, { headers: new Headers({ 'x-u': 'ada' }) })
    expect([response.headers.get('x-seen'), await response.text()]).toEqual(['ada', 'page'])
  })
  expect(result).toEqual([])
})
