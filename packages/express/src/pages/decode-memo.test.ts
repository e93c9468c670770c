import { describe, expect, it } from '@jest/globals'
import { DecodeMemo } from './decode-memo.js'

interface Text {
  readonly text: string
}

/** Decodes texts, of which those with a question mark are damaged; counts how often. */
function decoder() {
  let decodes = 0
  const decoded = new DecodeMemo<Text>((bytes) => {
    decodes += 1
    const text = Buffer.from(bytes).toString()
    return text.includes('?') ? undefined : { text }
  })
  return { decoded, decodes: () => decodes }
}

const bytes = (text: string) => Buffer.from(text)

describe('what was decoded', () => {
  it('is answered again for the same bytes, from the second time on', () => {
    const { decoded, decodes } = decoder()
    const values = Array.from({ length: 5 }, () => decoded.decode('a', bytes('one')))
    expect(values.map((value) => value?.text)).toEqual(Array(5).fill('one'))
    expect(decodes()).toBe(2)
    expect(values[4]).toBe(values[1])
  })

  it('is not answered for other bytes, of whatever length', () => {
    const { decoded } = decoder()
    decoded.decode('a', bytes('one'))
    decoded.decode('a', bytes('one'))
    expect(decoded.decode('a', bytes('two'))?.text).toBe('two')
    expect(decoded.decode('a', bytes('twofold'))?.text).toBe('twofold')
    expect(decoded.decode('a', bytes('t?o'))).toBeUndefined()
    expect(decoded.decode('a', bytes(''))?.text).toBe('')
    expect(decoded.decode('b', bytes('one'))?.text).toBe('one')
  })

  it('stays as it was when the memory that it came in is used again', () => {
    const { decoded } = decoder()
    const read = bytes('one')
    decoded.decode('a', read)
    decoded.decode('a', read)
    read.write('two')
    expect(decoded.decode('a', read)?.text).toBe('two')
    expect(decoded.decode('a', bytes('one'))?.text).toBe('one')
  })

  it('is forgotten, the oldest first, beyond 8 MiB', () => {
    const { decoded, decodes } = decoder()
    const large = bytes('x'.repeat(2 ** 20))
    const twice = (key: string) => [decoded.decode(key, large), decoded.decode(key, large)]
    for (let i = 0; i < 9; i++) twice(String(i))
    const before = decodes()
    decoded.decode('8', large)
    decoded.decode('1', large)
    expect(decodes()).toBe(before)
    decoded.decode('0', large)
    expect(decodes()).toBe(before + 1)
  })

  it('is forgotten, the oldest first, beyond 5000 entries, and never kept above a mebibyte', () => {
    const { decoded, decodes } = decoder()
    for (let i = 0; i <= 5000; i++) decoded.decode(String(i), bytes('x'))
    // Seen before: kept from now on. Forgotten: seen for the first time.
    decoded.decode('1', bytes('x'))
    decoded.decode('0', bytes('x'))
    const before = decodes()
    decoded.decode('1', bytes('x'))
    expect(decodes()).toBe(before)
    decoded.decode('0', bytes('x'))
    decoded.decode('0', bytes('x'))
    expect(decodes()).toBe(before + 1)
    const huge = bytes('x'.repeat(2 ** 20 + 1))
    for (let i = 0; i < 4; i++) decoded.decode('huge', huge)
    expect(decodes()).toBe(before + 5)
  })
})
