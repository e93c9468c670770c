import { describe, expect, it } from '@jest/globals'
import { formatDebugLine } from './debug.js'

describe('a line of the log', () => {
  it('says what was found, decided and done', () => {
    const facts = { method: 'GET', url: '/a', recordKey: 'key', found: 'stale', decision: 'validate' }
    expect(formatDebugLine(facts, { outcome: 'stored', ttl: 60 })).toBe(
      'GET /a record=2c70e1 found=stale decision=validate → stored ttl=60',
    )
  })

  it('leaves out what is not known', () => {
    expect(formatDebugLine({ method: 'POST', url: '/a' }, { outcome: 'bypass', detail: 'method' })).toBe(
      'POST /a → bypass method',
    )
  })

  it('names the purpose of a request of the cache’s own', () => {
    const facts = { method: 'GET', url: '/a', purpose: 'refresh' }
    expect(formatDebugLine(facts, { outcome: 'stored' })).toBe('GET /a by=refresh → stored')
  })

  it.each([
    ['/a?token=secret', '/a'],
    ['/a#secret', '/a'],
    ['?secret', '/'],
    ['http://user:secret@site.example/a?b', '/a'],
    ['http://user:secret@site.example?b', '/'],
    ['//user:secret@site.example/a', '//user:secret@site.example/a'],
    ['/a\r\nGET /b \u001b[31mé', '/a??GET?/b??[31m?'],
    [`/${'a'.repeat(300)}`, `/${'a'.repeat(199)}…`],
  ])('shows the path of %j alone, on one line', (url, path) => {
    expect(formatDebugLine({ method: 'GET', url }, { outcome: 'hit' })).toBe(`GET ${path} → hit`)
  })
})
