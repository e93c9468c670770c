import { describe, expect, it } from '@jest/globals'
import { FORWARDS, isOffloaded, isServed, REASONS, RESULTS, type Result } from '../index.js'

const all = Object.keys(RESULTS) as Result[]

describe('RESULTS', () => {
  it('has the nine that an exchange may end with', () => {
    expect(all).toEqual([
      'hit',
      'stale',
      'revalidated',
      'collapsed',
      'filled',
      'miss',
      'unstorable',
      'bypass',
      'unsatisfiable',
    ])
  })
})

describe('isServed, isOffloaded', () => {
  it('tell pages that were not rendered for their client, and those for which no handler was asked', () => {
    expect(all.filter(isServed)).toEqual(['hit', 'stale', 'revalidated', 'collapsed', 'filled'])
    expect(all.filter(isOffloaded)).toEqual(['hit', 'stale', 'collapsed', 'filled'])
  })
})

describe.each([...Object.entries(REASONS), ...Object.entries(FORWARDS)])('%s', (name, text) => {
  it('is a token of Cache-Status', () => {
    expect(name).toMatch(/^[a-z][a-z-]*$/)
  })

  it('has a meaning, a cause and a remedy in whole sentences', () => {
    for (const sentence of [text.means, text.cause, text.remedy]) expect(sentence).toMatch(/^[A-Z5`].+\.$/)
  })

  it('has one line of code that parses', () => {
    expect(text.code).not.toMatch(/\n/)
    expect(() => new Function(`return async () => { ${text.code} }`)).not.toThrow()
  })
})
