import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { everything, LookUp, type Seen, seen } from './seen.js'

type Prepare = (req: IncomingMessage, res: ServerResponse) => unknown

/** What is seen of a request whose handler reads nothing that could be seen, below a middleware. */
function ask(prepare: Prepare, headers: Record<string, string> = {}): Promise<Seen> {
  const lookUp = new LookUp('below')
  return seen(
    lookUp,
    (req, res) => {
      prepare(req, res)
      lookUp.middleware(req, res, () => res.end('hello'))
    },
    headers,
  )
}

const language = (req: IncomingMessage): string | undefined => req.headers['accept-language']
const put =
  (name: string, make: (req: IncomingMessage) => PropertyDescriptor): Prepare =>
  (req) =>
    Object.defineProperty(req, name, make(req))

describe('a property that a middleware made final, and a look at which can’t be seen', () => {
  it('counts by its value', async () => {
    const tenant = put('tenant', (req) => ({ value: language(req) }))
    const [german, english] = [
      await ask(tenant, { 'accept-language': 'de' }),
      await ask(tenant, { 'accept-language': 'en' }),
    ]
    expect(german.names).toEqual(['req:tenant'])
    expect(german.values['req:tenant']).not.toBe(english.values['req:tenant'])
    const again = await ask(tenant, { 'accept-language': 'de', 'user-agent': 'other' })
    expect(again.values).toEqual(german.values)
  })

  it('counts as all that the request came with where it is lazy, and is not evaluated', async () => {
    let evaluated = 0
    const lazy = put('tenant', (req) => {
      const value = language(req)
      return {
        get: () => {
          evaluated += 1
          return value
        },
      }
    })
    const [german, english] = [
      await ask(lazy, { 'accept-language': 'de' }),
      await ask(lazy, { 'accept-language': 'en' }),
    ]
    expect(german.names).toEqual([...everything, 'req:tenant'])
    expect(german.values['req:tenant']).not.toBe(english.values['req:tenant'])
    expect(evaluated).toBe(0)
  })

  it('counts as what it is where it is a session, a user or cookies', async () => {
    const final = (value: unknown) => () => ({ value })
    expect((await ask(put('session', final({ cart: [1] })))).names).toEqual(['session'])
    expect((await ask(put('user', final({ id: 1 })))).names).toContain('visitor')
    expect((await ask(put('cookies', final({ theme: 'dark' })))).names).toEqual(['cookie:*'])
  })
})

describe('locals that a middleware made final', () => {
  it('count by all their values', async () => {
    const locals = (theme: string): Prepare => {
      return (_req, res) => Object.defineProperty(res, 'locals', { value: { theme } })
    }
    const [dark, light] = [await ask(locals('dark')), await ask(locals('light'))]
    expect(dark.names).toEqual(['locals:*'])
    expect(dark.values['locals:*']).not.toBe(light.values['locals:*'])
  })
})
