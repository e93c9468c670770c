import { describe, expect, it } from '@jest/globals'
import { addedLines, hasLines } from '../index.js'

describe('addedLines', () => {
  it.each<[string, string[], string[], string[], boolean]>([
    ['a line behind another', ['a'], ['a', 'b'], ['b'], false],
    ['a line in front of another', ['a'], ['b', 'a'], ['b'], false],
    ['members behind a comma', ['a;x=1'], ['a;x=1, b, c'], ['b, c'], false],
    ['the same lines', ['a', 'b'], ['a', 'b'], [], false],
    ['a line twice', ['a'], ['a', 'a'], ['a'], false],
    ['other lines', ['a'], ['b'], ['b'], true],
    ['a line that only begins alike', ['a'], ['ab, c'], ['ab, c'], true],
    ['one of two', ['a', 'b'], ['b', 'c'], ['c'], true],
    ['none', ['a'], [], [], true],
    ['all where none stood', [], ['a', 'b'], ['a', 'b'], false],
  ])('is %s', (_, before, after, added, replaced) => {
    expect(addedLines(before, after)).toEqual({ added, replaced })
  })

  it('is asked of fields with lines', () => {
    expect(['link', 'server-timing', 'set-cookie', 'x-a', 'content-type'].map(hasLines)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
  })
})
