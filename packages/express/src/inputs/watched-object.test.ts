import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { plainText } from '@sitecache/http'
import { watchedObject } from './watched-object.js'

/** A handler that keeps the names of what is read. */
function reading() {
  const read = new Set<string>()
  const handler: ProxyHandler<object> = {
    get(target, key) {
      if (typeof key === 'string') read.add(key)
      return Reflect.get(target, key)
    },
  }
  return { read, handler }
}

describe('a watched object', () => {
  it('is shown by util.inspect() as it is, and is read by it', () => {
    const make = () => ({
      theme: 'dark',
      get lazy() {
        throw new Error('nobody reads it')
      },
    })
    for (const prototype of [Object.prototype, null]) {
      const target: object = Object.setPrototypeOf(make(), prototype)
      const { read, handler } = reading()
      const plain = inspect(target)
      const shown = watchedObject(target, handler)
      expect([
        inspect(shown),
        inspect({ target }, { depth: 5 }).includes(plain.replace(/^.*\{/, '')),
      ]).toEqual([plain, true])
      expect([...read]).toEqual(['theme'])
    }
  })

  it('is read by the Proxy that it was given last', () => {
    const target = { theme: 'dark' }
    const [first, second] = [reading(), reading()]
    watchedObject(target, first.handler)
    watchedObject(target, second.handler)
    inspect(target)
    expect([first.read.size, second.read.size]).toEqual([0, 1])
  })

  it('shows itself by its own method, where it has one', () => {
    const { read, handler } = reading()
    const target = {
      theme: 'dark',
      [inspect.custom]() {
        return `<${this.theme}>`
      },
    }
    expect(inspect(watchedObject(target, handler))).toBe('<dark>')
    expect([...read]).toEqual(['theme'])
  })

  it('has nothing more that a copy takes, or that counts as data', () => {
    const target = { theme: 'dark' }
    const before = plainText(target)
    const shown = watchedObject(target, {})
    expect(Object.getOwnPropertySymbols({ ...shown })).toEqual([])
    expect(plainText(target)).toBe(before)
    expect(watchedObject(Object.freeze({ theme: 'dark' }), {})).toEqual({ theme: 'dark' })
  })
})
