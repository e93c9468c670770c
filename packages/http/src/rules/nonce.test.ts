import { describe, expect, it } from '@jest/globals'
import { passingNonces } from '../index.js'

const policy = (nonce: string): string => `default-src 'self'; script-src 'self' 'nonce-${nonce}'`

describe('passingNonces', () => {
  it.each<[string, string[], string[], string[]]>([
    ['a policy that is set outside', [policy('a1+/==')], [], ['a1+/==']],
    ['a policy that is stored with the page', [policy('a1')], [policy('a1')], []],
    ['one of two policies', [policy('a1'), policy('b2')], [policy('a1')], ['b2']],
    ['several nonces', ["script-src 'nonce-a' 'NONCE-b_-'"], [], ['a', 'b_-']],
    ['no nonce', ["default-src 'self'", "script-src nonce-a 'sha256-x='"], [], []],
    ['no policy', [], [], []],
  ])('of %s', (_, sent, stored, nonces) => expect(passingNonces(sent, stored)).toEqual(nonces))
})
