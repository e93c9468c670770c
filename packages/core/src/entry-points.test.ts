import { describe, expect, it } from '@jest/globals'
import * as root from './index.js'
import * as internal from './internal.js'
import * as store from './store.js'

describe('the entry points', () => {
  it('are views of one state: what two of them export is the same', () => {
    const shared = (a: object, b: object) =>
      Object.entries(a).filter(
        ([name]) => Object.hasOwn(b, name) && Reflect.get(b, name) !== Reflect.get(a, name),
      )
    expect([shared(root, store), shared(root, internal), shared(store, internal)]).toEqual([[], [], []])
  })

  it('share the named caches and the holes', () => {
    root.configure({ default: 'memory:', other: 'dummy:' })
    expect(internal.resolveCache('other')).toBe(root.caches.get('other'))
    expect(internal.holes.some).toBe(false)
    root.hole('entry-point', () => '')
    expect(internal.holes.some).toBe(true)
  })

  it('have at the root what an author of a store imports, for those that did before', () => {
    const names = ['BaseStore', 'bytesOf', 'guardStore', 'StoreError', 'ValueError', 'TooLargeError']
    expect(names.filter((name) => Object.hasOwn(root, name) && Object.hasOwn(store, name))).toEqual(names)
  })
})
