import { describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { reportExpiry, reportTags, runInContext, SettingsError } from '../index.js'
import {
  collectSync,
  currentMarks,
  decodeHoles,
  encodeHoles,
  HoleMarks,
  type HolePart,
  type HolePlace,
  HoleSplitter,
  Holes,
  inHole,
  joinHoles,
} from '../internal.js'

const within = <T>(marks: HoleMarks, fn: () => T): T => runInContext({ marks, tags() {}, expiry() {} }, fn)

describe('Holes.define', () => {
  it('answers what marks the place, where a page can be filled', () => {
    const holes = new Holes()
    const cart = holes.define('cart', () => '')
    const marks = new HoleMarks()
    within(marks, () => {
      expect(cart()).toBe(marks.mark('cart'))
      expect(`${cart}`).toBe(marks.mark('cart'))
      // A fragment is collected on its own, within the page.
      expect(collectSync(cart).value).toBe(marks.mark('cart'))
    })
    expect(currentMarks()).toBeUndefined()
    expect(cart).toThrow(/hole 'cart' stands in a page that nothing fills/)
  })

  it.each(['', '1a', 'a b', 'a,b', 'a\n', 'x'.repeat(65), 5, undefined])('refuses the name %j', (name) => {
    expect(() => new Holes().define(name as string, () => '')).toThrow(SettingsError)
  })

  it('refuses a second of one name, and what is no function', () => {
    const holes = new Holes()
    holes.define('a', () => '')
    expect(() => holes.define('a', () => '')).toThrow("hole 'a' is defined already")
    expect(() => holes.define('b', 'text' as never)).toThrow('must be a function')
  })
})

describe('Holes.fill', () => {
  it('answers without waiting for a function that waits for nothing', () => {
    const holes = new Holes()
    holes.define('a', (req: string) => `<${req}>`)
    expect(holes.fill('a', 'Ada', () => {})).toBe('<Ada>')
  })

  it('leaves empty what fails or is not known, and tells of it', async () => {
    const holes = new Holes()
    holes.define('throws', () => {
      throw new Error('no')
    })
    holes.define('rejects', () => Promise.reject(new Error('no')))
    const names = ['throws', 'rejects', 'unknown', '__proto__']
    const failed: string[] = []
    const filled = await Promise.all(names.map((name) => holes.fill(name, {}, (it) => failed.push(it))))
    expect(filled).toEqual(['', '', '', ''])
    expect(failed.sort()).toEqual(names.sort())
  })

  it('leaves empty what takes longer than two seconds, or than its timeout', async () => {
    jest.useFakeTimers()
    const holes = new Holes()
    const never = () => new Promise<string>(() => {})
    holes.define('default', never)
    holes.define('own', never, { timeout: '10s' })
    const failed: string[] = []
    const fill = (name: string) => holes.fill(name, {}, (_, error) => failed.push(String(error)))
    const filled = Promise.all([fill('default'), fill('own')])
    await jest.advanceTimersByTimeAsync(2000)
    expect(failed).toEqual(["SitecacheError: hole 'default' took longer than 2 s"])
    await jest.advanceTimersByTimeAsync(8000)
    expect(await filled).toEqual(['', ''])
    expect(failed[1]).toBe("SitecacheError: hole 'own' took longer than 10 s")
    expect(jest.getTimerCount()).toBe(0)
    jest.useRealTimers()
  })

  it('is apart from the page: its tags, its end and its marks are no concern of it', () => {
    const holes = new Holes()
    const seen: unknown[] = []
    holes.define('a', () => {
      reportTags(['own'])
      reportExpiry(1)
      seen.push(inHole(), currentMarks())
      return ''
    })
    const page = within(new HoleMarks(), () => collectSync(() => holes.fill('a', {}, () => {})))
    expect([seen, inHole(), page.tags.size, page.expires]).toEqual([[true, undefined], false, 0, null])
  })

  it.each([0, -1, null, '2h', 'soon', true])('refuses the timeout %p', (timeout) => {
    expect(() => new Holes().define('a', () => '', { timeout: timeout as number })).toThrow(SettingsError)
  })
})

describe('a page with holes', () => {
  const text = fc.string({ unit: 'grapheme' })
  const names = fc.constantFrom('a', 'b', 'cart')
  const page = fc.tuple(text, fc.array(fc.tuple(names, text), { maxLength: 8 }))

  const written = (marks: HoleMarks, [first, rest]: [string, [string, string][]]) =>
    first + rest.map(([name, more]) => marks.mark(name) + more).join('')
  const expected = ([first, rest]: [string, [string, string][]], fill: (name: string) => string) =>
    first + rest.map(([name, more]) => fill(name) + more).join('')
  const filled = new Map([
    ['a', '<ä>'],
    ['b', ''],
    ['cart', '日本'],
  ])
  const fill = (name: string) => filled.get(name) ?? ''

  it('is split the same wherever its pieces end, stored without its marks, and joined with what fills them', () => {
    fc.assert(
      fc.property(page, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (one, sizes) => {
        const marks = new HoleMarks()
        const bytes = Buffer.from(written(marks, one))
        const splitter = new HoleSplitter(marks)
        const parts: HolePart[] = []
        for (let from = 0, i = 0; from < bytes.length; i++) {
          const size = sizes[i % sizes.length] ?? 1
          parts.push(...splitter.push(bytes.subarray(from, from + size)))
          from += size
        }
        parts.push(...splitter.end())
        const places: HolePlace[] = []
        let body = Buffer.alloc(0)
        for (const part of parts) {
          if (typeof part === 'string') places.push({ at: body.length, name: part })
          else body = Buffer.concat([body, part])
        }
        expect(body.toString()).toBe(expected(one, () => ''))
        const holes = decodeHoles(encodeHoles(places), body.length)
        expect(holes).toEqual(places)
        expect(joinHoles({ body, holes: holes ?? [] }, filled).toString()).toBe(expected(one, fill))
      }),
    )
  })

  it('can be kept as a text, and marked anew for another page', () => {
    fc.assert(
      fc.property(page, (one) => {
        const first = new HoleMarks()
        const second = new HoleMarks()
        const pierced = first.cutHoles(written(first, one))
        expect(pierced && second.restore(pierced)).toBe(written(second, one))
      }),
    )
  })

  it('holds nothing back but what may be a mark', () => {
    const marks = new HoleMarks()
    const splitter = new HoleSplitter(marks)
    const mark = marks.mark('a')
    expect(splitter.push(Buffer.from('abc ho')).map(String)).toEqual(['abc '])
    expect(splitter.push(Buffer.from('use')).map(String)).toEqual(['house'])
    expect(splitter.push(Buffer.from(`x${mark.slice(0, 20)}`)).map(String)).toEqual(['x'])
    expect(splitter.push(Buffer.from(mark.slice(20)))).toEqual(['a'])
    expect(splitter.end()).toEqual([])
    splitter.push(Buffer.from(mark.slice(0, 20)))
    expect(splitter.end().map(String)).toEqual([mark.slice(0, 20)])
  })
})

describe('what can not become a hole', () => {
  it('is the mark of another render, even of the same page', () => {
    const known = new HoleMarks().mark('cart')
    const marks = new HoleMarks()
    marks.mark('cart')
    const body = `visitor wrote ${known}`
    expect(marks.cutHoles(body)).toEqual({ body, holes: [] })
    expect(new HoleSplitter(marks).push(Buffer.from(`${body}.`)).map(String)).toEqual([`${body}.`])
    expect(marks.token).toMatch(/^hole[0-9a-f]{32}n$/)
  })

  it('is a mark of a number that was not given, or was changed on its way: such a page is not stored', () => {
    const marks = new HoleMarks()
    const mark = marks.mark('a')
    for (const changed of [
      `${marks.token}007`,
      mark.slice(0, -1),
      mark.toUpperCase(),
      `${mark}${mark.toUpperCase()}`,
    ])
      expect(marks.cutHoles(changed)).toBeUndefined()
    for (const left of [`${marks.token}007`, mark.toUpperCase()]) {
      expect([marks.leftIn(left), marks.leftIn(Buffer.from(`ä${left}`))]).toEqual([true, true])
    }
    expect([marks.leftIn('a'), new HoleMarks().leftIn(mark)]).toEqual([false, false])
  })

  it('passes through escaping of every kind', () => {
    const mark = new HoleMarks().mark('a')
    expect([encodeURIComponent(mark), JSON.parse(JSON.stringify(mark)), mark.replace(/\W/g, '')]).toEqual([
      mark,
      mark,
      mark,
    ])
  })
})

describe('decodeHoles', () => {
  it.each([
    '5',
    'a',
    '5 ',
    ' a',
    '5 a,',
    '6 a,5 b',
    '11 a',
    '-1 a',
    '5 1',
    '5 a b',
    '1e1 a',
    '5 a\n',
    `${'1 a,'.repeat(1000)}1 a`,
  ])('refuses %j', (line) => {
    expect(decodeHoles(line, 10)).toBeUndefined()
  })

  it('accepts the ends of the body', () => {
    expect(decodeHoles('0 a,10 b,10 a', 10)).toEqual([
      { at: 0, name: 'a' },
      { at: 10, name: 'b' },
      { at: 10, name: 'a' },
    ])
    expect(decodeHoles('', 0)).toEqual([])
  })
})
