import { describe, expect, it } from '@jest/globals'
import { routeTag, routeTagsOf } from './route-tag.js'

describe('routeTag', () => {
  it.each([
    ['/articles/:id', '/articles/:slug'],
    ['/Articles/:id', '/articles/:id'],
    ['/articles/', '/articles'],
    ['/files/*path', '/files/*'],
  ])('is the same for %s and %s, which Express matches alike', (one, other) => {
    expect(routeTag(one)).toBe(routeTag(other))
  })

  it.each([
    ['/', '/articles'],
    ['/articles/:id', '/articles'],
    ['/articles/:id', '/articles/:id/:page'],
    ['/articles/:id', '/users/:id'],
  ])('tells %s from %s', (one, other) => expect(routeTag(one)).not.toBe(routeTag(other)))

  it('is no longer than tags may be, and tells long routes apart', () => {
    const long = `/${'a'.repeat(500)}`
    expect(routeTag(long).length).toBeLessThan(257)
    expect(routeTag(`${long}b`)).not.toBe(routeTag(`${long}c`))
  })
})

describe('routeTagsOf', () => {
  it.each([
    ['', '/articles/:id', '/articles/:id'],
    ['/shops/a', '/articles/:id', '/shops/:shop/articles/:id'],
    ['/shops/a', '/articles/:id', '/shops/a/articles/:id'],
    ['/Shops/A', '/articles/:id', '/shops/:shop/articles/:id'],
    ['/de/shops/a', '/', '/:language/shops/:shop'],
    ['/shops/caf%C3%A9', '/', '/shops/caf\u00e9'],
    ['/a/b/c/d/e', '/x', '/:a/:b/c/:d/e/x'],
  ])('of a page at %p, of the route %p, have that of %p', (mount, path, route) => {
    expect(routeTagsOf(mount, path)).toContain(routeTag(route))
  })

  it.each([
    ['/shops/a', '/articles/:id', '/shops/b/articles/:id'],
    ['/shops/a', '/articles/:id', '/articles/:id'],
    ['/api', '/x', '/api/y'],
  ])('of a page at %p, of the route %p, have not that of %p', (mount, path, route) => {
    expect(routeTagsOf(mount, path)).not.toContain(routeTag(route))
  })

  it('take a regular expression as it is written', () => {
    expect(routeTagsOf('', /^\/x/)).toEqual([routeTag('/^\\/x/')])
  })

  it('are few, however deep a mount point lies', () => {
    expect(routeTagsOf('/a'.repeat(100), '/x').length).toBeLessThanOrEqual(16)
  })
})
