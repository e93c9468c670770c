import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { cached } from '@sitecache/core'
import { Holes } from '@sitecache/core/internal'
import { carryReads, isPageRead } from './carried.js'
import { type ReadListener, RequestReads, showReads } from './request-reads.js'
import { unknownProvenance } from './whole-request.js'

class Watch implements ReadListener {
  readonly stage = 1
  readonly names = new Set<string>()

  note(name: string): void {
    if (isPageRead(this, 'input', name)) this.names.add(name)
  }

  knows(): boolean {
    return false
  }

  noteField(name: string): void {
    if (isPageRead(this, 'field', name)) this.names.add(`field ${name}`)
  }

  notePut(reader: string, name?: string): boolean {
    const isPages = isPageRead(this, 'put', name === undefined ? reader : `${reader} ${name}`)
    if (isPages) this.names.add(`put by ${reader}: ${name}`)
    return true
  }

  noteAddress(): void {
    if (isPageRead(this, 'address')) this.names.add('address')
  }

  noteCopy(): void {
    if (isPageRead(this, 'copy')) this.names.add('copy')
  }

  beforeSession(): void {}
  keepValue(): void {}
  handlerEnded(): void {}
  endPasses(): void {}
  isOpen(): boolean {
    return true
  }
}

type Request = IncomingMessage & { promise?: Promise<string> }

const unknown = [...unknownProvenance].sort()
const tick = () => new Promise((resolve) => setImmediate(resolve))
let req: Request
let reads: RequestReads
let notes: Watch
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
  reads = new RequestReads(req, new ServerResponse(req))
  showReads(reads)
  notes = new Watch()
  holes = new Holes()
  reads.begin(notes)
})
afterEach(() => reads.stop(notes))

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
      notes.noteField('locals:cart items')
      notes.notePut('a-parser')
      notes.notePut('a-parser', 'cookie:a b')
      notes.noteAddress()
      notes.noteCopy()
      return 'ada'
    })
    holes.define('greeting', user)
    const filled = fill('greeting')
    const used = user(req)
    expect(read()).toEqual([])
    expect(await used).toBe(await filled)
    const put = ['put by a-parser: cookie:a b', 'put by a-parser: undefined']
    expect(read()).toEqual(['address', 'cookie:theme', 'copy', 'field locals:cart items', ...put])
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
    reads.stop(notes)
    user(req)
    reads.begin(notes)
    holes.define('greeting', user)
    fill('greeting')
    expect(read()).toEqual([])
    user(req)
    expect(read()).toEqual(unknown)
  })

  it('counts by name for a layer that began to watch after an outer one had seen it computed', () => {
    const user = cached((_: Request) => ada())
    user(req)
    const inner = new Watch()
    reads.begin(inner)
    user(req)
    reads.stop(inner)
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
    reads.stop(notes)
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
