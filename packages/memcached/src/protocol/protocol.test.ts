import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { binaryProtocol } from './binary.js'
import { Inbox } from './inbox.js'
import type { Protocol, ProtocolReply, ProtocolRequest } from './protocol.js'
import { textProtocol } from './text.js'

/** Reads answers that come in pieces of the given lengths. */
function readAll(requests: ProtocolRequest<ProtocolReply>[], answer: Buffer, lengths: number[]): unknown[] {
  const inbox = new Inbox()
  const waiting = [...requests]
  const replies: unknown[] = []
  for (let at = 0, i = 0; at < answer.length; i += 1) {
    const end = Math.min(answer.length, at + (lengths[i % lengths.length] ?? 1))
    inbox.push(Buffer.from(answer.subarray(at, end)))
    at = end
    for (let reply = waiting[0]?.read(inbox); reply !== undefined; reply = waiting[0]?.read(inbox)) {
      replies.push(reply)
      waiting.shift()
    }
  }
  expect(inbox.isEmpty).toBe(true)
  return replies
}

const value = Buffer.from('ab\r\nEND\r\nVALUE x 0 1 1\r\n')

function packet(opcode: number, status: number, key: string, body: Buffer, cas = 0n): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt8(0x81, 0)
  header.writeUInt8(opcode, 1)
  header.writeUInt16BE(key.length, 2)
  header.writeUInt16BE(status, 6)
  header.writeUInt32BE(key.length + body.length, 8)
  header.writeBigUInt64BE(cas, 16)
  return Buffer.concat([header, Buffer.from(key), body])
}

const none = Buffer.alloc(0)
const answers: Record<string, Buffer> = {
  text: Buffer.concat([
    Buffer.from(`VALUE żółć 0 ${value.length} 18446744073709551615\r\n`),
    value,
    Buffer.from(`\r\nVALUE large 0 300 1\r\n${'x'.repeat(300)}\r\nVALUE empty 0 0 2\r\n\r\nEND\r\n`),
    Buffer.from('STORED\r\nNOT_FOUND\r\nSERVER_ERROR object too large for cache\r\nEND\r\n'),
  ]),
  binary: Buffer.concat([
    packet(0x0d, 0, 'k', value, 2n ** 64n - 1n),
    packet(0x0d, 0, 'large', Buffer.alloc(9000)),
    packet(0x0d, 0, 'empty', none, 2n),
    packet(0x0a, 0, '', none),
    packet(0x01, 0, '', none),
    packet(0x04, 1, '', Buffer.from('Not found')),
    packet(0x01, 3, '', Buffer.from('Too large.')),
    packet(0x0a, 0, '', none),
  ]),
}

const requestsOf = (protocol: Protocol): ProtocolRequest<ProtocolReply>[] => [
  protocol.fetch(['k', 'large', 'empty'], 250),
  protocol.store({ key: 'k', value, expires: 0 }),
  protocol.remove('k'),
  protocol.store({ key: 'k', value, expires: 0, only: 7n }),
  protocol.fetch(['none'], 250),
]

describe.each([
  ['text', textProtocol, 'żółć'],
  ['binary', binaryProtocol, 'k'],
] as const)('answers in the %s protocol', (name, protocol, key) => {
  it('are read the same, wherever they are cut', () => {
    const expected = [
      new Map([
        [key, { value, cas: 2n ** 64n - 1n }],
        ['empty', { value: none, cas: 2n }],
      ]),
      'stored',
      false,
      'too-large',
      new Map(),
    ]
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (lengths) => {
        expect(readAll(requestsOf(protocol), answers[name] ?? none, lengths)).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  it('that are noise are refused, or waited for, and no more is read than came', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const inbox = new Inbox()
        inbox.push(Buffer.from(noise))
        try {
          const reply = protocol.fetch(['k'], 250).read(inbox)
          expect(reply === undefined || reply instanceof Error || reply.size === 0).toBe(true)
        } catch (error) {
          expect(error).toMatchObject({ name: 'ProtocolError' })
        }
      }),
      { numRuns: 1000 },
    )
  })
})
