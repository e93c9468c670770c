import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { droppedQuery, type QueryOption, selectQuery } from '../index.js'

const urls = fc
  .array(
    fc.tuple(fc.constantFrom('a', 'b', 'utm_x', 'p%61ge', 'page[]', ''), fc.constantFrom('', '=1', '=2')),
  )
  .map((pairs) => `/path?${pairs.map((pair) => pair.join('')).join('&')}`)

describe('droppedQuery', () => {
  it.each<[string, QueryOption, string[]]>([
    ['/a?b=1&utm_x=2&b=1', { except: ['utm_*'] }, ['utm_x=2']],
    ['/a?b=1&b=1', { only: ['b'] }, []],
    ['/a?c&b=1', { only: ['b'] }, ['c']],
    ['/a?b&a', 'sorted', []],
    ['/a', { only: ['b'] }, []],
  ])('of %s under %j is %j', (url, option, dropped) => {
    expect(droppedQuery(url, option)).toEqual(dropped)
  })
})

describe('selectQuery', () => {
  describe("'exact'", () => {
    it.each(['/a', '/a?', '/a?b=2&a=1', '/a?b&&c=%zz'])('leaves %s as it is', (url) => {
      expect(selectQuery(url, 'exact')).toBe(url)
    })
  })

  describe("'sorted'", () => {
    it.each([
      ['/a', '/a'],
      ['/a?b=2&a=1', '/a?a=1&b=2'],
      ['/a?b=1&a=2&b=0&a=1', '/a?a=2&a=1&b=1&b=0'],
      ['/a?b=%32&%61=1', '/a?%61=1&b=%32'],
      ['/a?a[]=2&a=1&a%5B%5D=0', '/a?a[]=2&a=1&a%5B%5D=0'],
      ['/a?b=/x?y&a=1', '/a?a=1&b=/x?y'],
    ])('makes %s %s', (url, sorted) => expect(selectQuery(url, 'sorted')).toBe(sorted))

    it('loses nothing, and keeps the order of equal names', () => {
      const members = (url: string): readonly string[] => url.slice(url.indexOf('?') + 1).split('&')
      const named = (url: string, name: string): readonly string[] =>
        members(url).filter((member) => member.split('=')[0] === name)
      fc.assert(
        fc.property(urls, (url) => {
          const sorted = selectQuery(url, 'sorted')
          expect([...members(sorted)].sort()).toEqual([...members(url)].sort())
          expect(named(sorted, 'a')).toEqual(named(url, 'a'))
        }),
      )
    })
  })

  describe('only', () => {
    const only: QueryOption = { only: ['page', 'filter_*'] }

    it.each([
      ['/a?page=2&x=1', '/a?page=2'],
      ['/a?x=1&page=2&filter_a=1&page=3', '/a?page=2&filter_a=1&page=3'],
      ['/a?x=1', '/a'],
      ['/a?', '/a'],
      ['/a', '/a'],
      ['/a?page', '/a?page'],
      ['/a?Page=2', '/a'],
      ['/a?pages=2', '/a'],
    ])('makes %s %s', (url, selected) => expect(selectQuery(url, only)).toBe(selected))

    it.each([
      'p%61ge=2',
      '%70%61%67%65=2',
      'page[]=2',
      'page[a][b]=2',
      'page%5B%5D=2',
      'page%5b0%5d=2',
      '[page]=2',
      'filter%5Fa=1',
    ])('keeps %s, which the handler finds under the name', (member) => {
      expect(selectQuery(`/a?${member}&x=1`, only)).toBe(`/a?${member}`)
    })

    it('reads a plus in a name as a space', () => {
      expect(selectQuery('/a?my+page=1&my%20page=2&my%2Bpage=3', { only: ['my page'] })).toBe(
        '/a?my+page=1&my%20page=2',
      )
    })

    it('takes brackets alone for a name', () => {
      expect(selectQuery('/a?[]=1&=2', { only: ['[]'] })).toBe('/a?[]=1')
    })

    it('keeps nothing for an empty list', () => {
      expect(selectQuery('/a?b=1', { only: [] })).toBe('/a')
    })
  })

  describe('except', () => {
    const except: QueryOption = { except: ['utm_*', 'fbclid'] }

    it.each([
      ['/a?utm_source=x&page=2&fbclid=y', '/a?page=2'],
      ['/a?utm_source=x', '/a'],
      ['/a?%75tm_source=x&b=1', '/a?b=1'],
      ['/a?utm=x&fbclid2=1', '/a?utm=x&fbclid2=1'],
      ['/a?b=utm_source', '/a?b=utm_source'],
      ['/a?%zz=1&utm_%zz=2', '/a?%zz=1'],
    ])('makes %s %s', (url, selected) => expect(selectQuery(url, except)).toBe(selected))

    it('parts a query with only of the same names', () => {
      const names = ['a', 'page']
      const count = (url: string): number => (url.includes('?') ? url.split('&').length : 0)
      fc.assert(
        fc.property(urls, (url) => {
          const [left, right] = [selectQuery(url, { only: names }), selectQuery(url, { except: names })]
          expect(count(left) + count(right)).toBe(count(url))
        }),
      )
    })
  })

  describe('what a handler would read otherwise than its key shows', () => {
    const many = (name: string): string => `${name}&`.repeat(1000)

    it.each<[string, QueryOption]>([
      ['/a?utm_x#&page=2', { except: ['utm_*'] }],
      ['/a?x#&page=2', { only: ['page'] }],
      ['/a?b=1#&a=2', 'sorted'],
      [`/a?${many('utm_')}page=2`, { except: ['utm_*'] }],
      [`/a?${many('x')}page=2`, { only: ['page'] }],
      [`/a?${many('b')}a=2`, 'sorted'],
      ['/a?b=1;a=2&a=1', 'sorted'],
      ['/a?][&]', 'sorted'],
      ['/a?b[=1&a%5D=2', 'sorted'],
    ])('counts whole: %#', (url, option) => expect(selectQuery(url, option)).toBe(url))

    it.each<[string, QueryOption]>([
      ['x=1;page=2', { only: ['page'] }],
      ['f%69lter_%zz=1', { only: ['filter_*'] }],
      ['page%zz=1', { only: ['page%zz'] }],
      ['utm_x=1;page=2', { except: ['utm_*'] }],
      ['%75tm_%zz=1', { except: ['utm_*'] }],
    ])('keeps %s for %p', (member, option) => {
      expect(selectQuery(`/a?${member}`, option)).toBe(`/a?${member}`)
    })

    it('finds a name that is given with its brackets, as simple parsers do', () => {
      expect(selectQuery('/a?ids[]=1&x=2', { only: ['ids[]'] })).toBe('/a?ids[]=1')
      expect(selectQuery('/a?ids[]=1&x=2', { except: ['ids[]'] })).toBe('/a?x=2')
    })
  })
})
