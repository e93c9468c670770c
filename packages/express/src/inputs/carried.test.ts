import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { cached, Holes } from '@sitecache/core'
import { addressRead, carryReads, isPageRead } from './carried.js'
import { type InputNotes, startNotes, stopNotes } from './input-notes.js'

class Notes implements InputNotes {
  readonly headers = {}
  readonly names = new Set<string>()

  note(name: string): void {
    if (isPageRead(this, name)) this.names.add(name)
  }

  noteAddress(): void {
    if (isPageRead(this, addressRead)) this.names.add('address')
  }

  noteCopy(): void {}
}

type Request = IncomingMessage & { promise?: Promise<string> }

const unknown = ['authorization', 'cookie:*', 'header:*']
const tick = () => new Promise((resolve) => setImmediate(resolve))
let req: Request
let notes: Notes
let holes: Holes
const fill = (name: string) => holes.fill(name, req, (_, error) => expect(error).toBeUndefined())
const read = () => [...notes.names].sort()

function ada(): string {
  notes.note('session')
  return 'ada'
}

async function adaLater(): Promise<string> {
  await tick()
  return ada()
}

beforeEach(() => {
  carryReads()
  req = new IncomingMessage(new Socket())
  notes = new Notes()
  holes = new Holes()
  startNotes(req, notes)
})
afterEach(() => stopNotes(req, notes))

describe('a value of cached()', () => {
  it('that a hole had computed carries its inputs to the page that uses it', () => {
    const user = cached((_: Request) => ada())
    holes.define('greeting', user)
    fill('greeting')
    expect(read()).toEqual([])
    user(req)
    expect(read()).toEqual(['session'])
  })

  it('carries what is read after it was handed out, in a hole', async () => {
    const user = cached(async (_: Request) => {
      await tick()
      notes.note('cookie:theme')
      notes.noteAddress()
      return 'ada'
    })
    holes.define('greeting', user)
    const filled = fill('greeting')
    const used = user(req)
    expect(read()).toEqual([])
    expect(await used).toBe(await filled)
    expect(read()).toEqual(['address', 'cookie:theme'])
  })

  it('is used by another value, in a hole: the page that uses the other depends on both', async () => {
    const user = cached((_: Request) => adaLater())
    const cart = cached(async (it: Request) => {
      notes.note('locals:cart')
      return `${await user(it)}'s cart`
    })
    holes.define('greeting', user)
    holes.define('cart', cart)
    await Promise.all([fill('greeting'), fill('cart')])
    expect(read()).toEqual([])
    await cart(req)
    expect(read()).toEqual(['locals:cart', 'session'])
  })

  it('is thrown as it is returned', () => {
    const user = cached((_: Request) => {
      notes.note('session')
      throw new Error('no')
    })
    holes.define('greeting', (it: Request) => {
      try {
        return user(it)
      } catch {
        return ''
      }
    })
    fill('greeting')
    expect(() => user(req)).toThrow('no')
    expect(read()).toEqual(['session'])
  })

  it('counts for whole visitors where nobody watched its computation', () => {
    const user = cached((_: Request) => 'ada')
    stopNotes(req, notes)
    user(req)
    startNotes(req, notes)
    holes.define('greeting', user)
    fill('greeting')
    expect(read()).toEqual([])
    user(req)
    expect(read()).toEqual(unknown)
  })

  it('counts by name for a layer that began to watch after an outer one had seen it computed', () => {
    const user = cached((_: Request) => ada())
    user(req)
    const inner = new Notes()
    startNotes(req, inner)
    user(req)
    stopNotes(req, inner)
    expect([...inner.names]).toEqual(['session'])
  })

  it('of another object than the request tells the request through which it was read', () => {
    const context = {}
    const user = cached((_: object) => ada())
    holes.define('greeting', () => user(context))
    fill('greeting')
    expect(read()).toEqual([])
    user(context)
    expect(read()).toEqual(['session'])
  })

  it('keeps nothing of a request that is not watched', () => {
    stopNotes(req, notes)
    const user = cached((_: Request) => ada())
    user(req)
    notes.names.clear()
    user(req)
    expect(read()).toEqual([])
  })
})

describe('a property that a hole put on its request', () => {
  it('carries what was read for it', async () => {
    holes.define('greeting', (it: Request) => (it.promise ??= adaLater()))
    await fill('greeting')
    expect(read()).toEqual([])
    expect(await req.promise).toBe('ada')
    expect(read()).toEqual(['session'])
    expect(Object.keys(req)).toContain('promise')
  })

  it('carries nothing once the page has replaced it', async () => {
    holes.define('greeting', (it: Request) => (it.promise ??= adaLater()))
    await fill('greeting')
    req.promise = Promise.resolve('eve')
    expect(await req.promise).toBe('eve')
    expect(read()).toEqual([])
  })

  it('counts as read where it can not be watched', async () => {
    holes.define('greeting', (it: Request) => {
      notes.note('session')
      Object.defineProperty(it, 'promise', { value: 1 })
      return ''
    })
    fill('greeting')
    expect(read()).toEqual(['session'])
  })
})
