import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { containerLength, decodeContainer, encodeContainer } from './container.js'

const pack = (head: string, body: Uint8Array): Buffer => Buffer.concat(encodeContainer('tst1', head, body))

describe('a container', () => {
  it('gives back any head and body', () => {
    const heads = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1'))
    fc.assert(
      fc.property(heads, fc.uint8Array(), (head, body) => {
        const bytes = pack(head, body)
        const contents = decodeContainer('tst1', bytes)
        expect(contents?.head).toBe(head)
        expect(contents?.body.equals(body)).toBe(true)
        expect(containerLength(head.length, body)).toBe(bytes.length)
      }),
    )
  })

  it('does not copy the body on its way in', () => {
    const body = Buffer.from('body')
    expect(encodeContainer('tst1', 'head', body)[1]).toBe(body)
  })

  it('does not copy the body on its way out', () => {
    const bytes = pack('head', Buffer.from('body'))
    const contents = decodeContainer('tst1', bytes)
    bytes[bytes.length - 1] = 0x21
    expect(contents?.body.toString()).toBe('bod!')
  })

  it('is found at an offset of a larger buffer', () => {
    const bytes = Buffer.concat([Buffer.from('in front'), pack('head', Buffer.from('body'))])
    const view = new Uint8Array(bytes.buffer, bytes.byteOffset + 8, bytes.length - 8)
    expect(decodeContainer('tst1', view)?.body.toString()).toBe('body')
  })

  it('is not that of another format or version', () => {
    expect(decodeContainer('tst2', pack('head', Buffer.from('body')))).toBeUndefined()
  })

  it('is not found in any other bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => expect(decodeContainer('tst1', bytes)).toBeUndefined()))
  })

  it('is refused when it claims a head or body that is not there', () => {
    const bytes = pack('head', Buffer.from('body'))
    for (const at of [8, 12]) {
      const forged = Buffer.from(bytes)
      forged.writeUInt32BE(0xff_ff_ff_ff, at)
      expect(decodeContainer('tst1', forged)).toBeUndefined()
    }
  })
})
