import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Fence, fenceIn, fencesOf, fenceVerdict, isJoinedOf } from './fence.js'

const part = fc.stringMatching(/^[+/a-z]{0,3}$/)

describe('isJoinedOf', () => {
  it('is what a comparison with both joined says, but never without a host’s fence', () => {
    fc.assert(
      fc.property(part, part, part, part, (ownHost, ownPath, host, path) => {
        const own = fencesOf(ownHost, ownPath)
        expect(isJoinedOf(own, host, path)).toBe(host !== '' && own === fencesOf(host, path))
        if (isJoinedOf(own, host, path)) expect(fenceVerdict(own, fencesOf(host, path))).toBe('valid')
      }),
    )
  })
})

describe('Fence', () => {
  it('is in an entry what its bytes say, and what its parts make again', () => {
    const fence = new Fence('+name.1/')
    const { head, body, restore } = fence.parts()
    expect(body).toHaveLength(0)
    for (const value of [fence, Buffer.concat(fence.encode()), restore(head)])
      expect(fenceIn({ value, expires: null })).toBe('+name.1/')
  })
})
