import { type Inbox, ProtocolError, RefusedError } from './inbox.js'
import type { Item, Protocol, ProtocolReply, ProtocolRequest, StoreResult } from './protocol.js'

const REQUEST = 0x80
const RESPONSE = 0x81
const HEADER_BYTES = 24

const SET = 0x01
const ADD = 0x02
const DELETE = 0x04
const NOOP = 0x0a
const VERSION = 0x0b
const GET_KEY_QUIETLY = 0x0d
const STAT = 0x10
const AUTHENTICATE = 0x21

const NOT_FOUND = 0x01
const EXISTS = 0x02
const TOO_LARGE = 0x03
const NOT_STORED = 0x05
const NOT_AUTHENTICATED = 0x20

/** Most bytes of keys, numbers and messages. */
const MAX_OTHER_BYTES = 8192

/**
 * The binary protocol, the only one with SASL (`memcached -S`). Memcached deprecates it in favour
 * of text, which has no SASL.
 */
export const binaryProtocol: Protocol = {
  // PLAIN is the mechanism that every memcached with SASL has.
  authenticate({ username, password }) {
    const token = Buffer.from(`\0${username}\0${password}`)
    return answer([packet(AUTHENTICATE, { key: 'PLAIN', value: token })], ({ status }) =>
      status === 0 ? true : undefined,
    )
  },

  // Servers are silent about missing keys; the NOOP's reply ends the list.
  fetch(keys, maxBytes) {
    const message = [...keys.map((key) => packet(GET_KEY_QUIETLY, { key })), packet(NOOP, {})]
    return { message: [Buffer.concat(message)], read: itemsReader(maxBytes) }
  },

  store({ key, value, expires, only }) {
    const extras = Buffer.alloc(8)
    extras.writeUInt32BE(expires, 4)
    const cas = typeof only === 'bigint' ? only : 0n
    const head = packet(only === 'add' ? ADD : SET, { key, extras, cas, valueBytes: value.length })
    return answer([head, value], storedOf)
  },

  remove(key) {
    return answer([packet(DELETE, { key })], ({ status }) =>
      status === 0 ? true : status === NOT_FOUND ? false : undefined,
    )
  },

  version() {
    return answer([packet(VERSION, {})], ({ status, value }) => (status === 0 ? value.toString() : undefined))
  },

  stats() {
    const found = new Map<string, string>()
    const read = packetReader(0)
    return {
      message: [packet(STAT, {})],
      read(inbox) {
        for (let next = read(inbox); next !== undefined; next = read(inbox)) {
          if (next.status !== 0) return refusal(next)
          if (next.key === '') return found
          found.set(next.key, next.value.toString())
        }
        return undefined
      },
    }
  },
}

interface Parts {
  readonly key?: string
  readonly extras?: Buffer
  readonly value?: Buffer
  /** Bytes of a value that is written after the packet. */
  readonly valueBytes?: number
  readonly cas?: bigint
}

function packet(opcode: number, { key = '', extras, value, valueBytes = 0, cas = 0n }: Parts): Buffer {
  const keyBytes = Buffer.from(key)
  const extrasLength = extras?.length ?? 0
  const header = Buffer.alloc(HEADER_BYTES)
  header[0] = REQUEST
  header[1] = opcode
  header.writeUInt16BE(keyBytes.length, 2)
  header[4] = extrasLength
  header.writeUInt32BE(extrasLength + keyBytes.length + (value?.length ?? valueBytes), 8)
  header.writeBigUInt64BE(cas, 16)
  return Buffer.concat([header, ...(extras ? [extras] : []), keyBytes, ...(value ? [value] : [])])
}

interface Answer {
  readonly opcode: number
  readonly status: number
  readonly cas: bigint
  readonly key: string
  readonly value: Buffer
}

/** Creates a request with a reply of one packet. */
function answer<T extends ProtocolReply>(
  message: readonly Uint8Array[],
  understand: (answer: Answer) => T | undefined,
): ProtocolRequest<T> {
  const read = packetReader(0)
  return {
    message,
    read(inbox) {
      const next = read(inbox)
      return next && (understand(next) ?? refusal(next))
    },
  }
}

function storedOf({ status }: Answer): StoreResult | undefined {
  if (status === 0) return 'stored'
  if (status === NOT_FOUND || status === EXISTS || status === NOT_STORED) return 'conflict'
  return status === TOO_LARGE ? 'too-large' : undefined
}

function itemsReader(maxBytes: number): (inbox: Inbox) => Map<string, Item> | Error | undefined {
  const found = new Map<string, Item>()
  const read = packetReader(maxBytes)
  let refused: Error | undefined
  return (inbox) => {
    for (let next = read(inbox); next !== undefined; next = read(inbox)) {
      if (next.opcode === NOOP) return refused ?? found
      if (next.status === 0) found.set(next.key, { value: next.value, cas: next.cas })
      else refused = refusal(next)
    }
    return undefined
  }
}

/** Reads packets; skips one with a value of more than `maxBytes`. */
function packetReader(maxBytes: number): (inbox: Inbox) => Answer | undefined {
  let header: Buffer | undefined
  return (inbox) => {
    for (;;) {
      header ??= inbox.bytes(HEADER_BYTES)
      if (header === undefined) return undefined
      if (header[0] !== RESPONSE) throw new ProtocolError('not an answer of the binary protocol')
      const length = header.readUInt32BE(8)
      if (length > maxBytes + MAX_OTHER_BYTES) {
        inbox.skip(length)
        header = undefined
        continue
      }
      const body = inbox.bytes(length)
      if (body === undefined) return undefined
      const next = answerOf(header, body)
      header = undefined
      return next
    }
  }
}

function answerOf(header: Buffer, body: Buffer): Answer {
  const keyAt = header.readUInt8(4)
  const valueAt = keyAt + header.readUInt16BE(2)
  if (valueAt > body.length) throw new ProtocolError('a packet shorter than its parts')
  return {
    opcode: header.readUInt8(1),
    status: header.readUInt16BE(6),
    cas: header.readBigUInt64BE(16),
    key: body.toString('utf8', keyAt, valueAt),
    value: body.subarray(valueAt),
  }
}

function refusal({ status, value }: Answer): RefusedError {
  if (status === 0) throw new ProtocolError('an answer to something else')
  if (status === NOT_AUTHENTICATED) return new RefusedError('authentication failed')
  return new RefusedError(value.toString('utf8', 0, 200))
}
