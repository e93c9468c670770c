import { type Inbox, ProtocolError, RefusedError } from './inbox.js'
import type { Item, Protocol, ProtocolReply, ProtocolRequest, StoreResult } from './protocol.js'

const END = '\r\n'

/** The text protocol, which every memcached and every proxy speaks. */
export const textProtocol: Protocol = {
  // The form of `memcached -Y`: a set of any key.
  authenticate({ username, password }) {
    const token = Buffer.from(`${username} ${password}`)
    const message = [`set auth 0 0 ${token.length}${END}`, token, END]
    return answer(message, (line) => (line === 'STORED' ? true : undefined))
  },

  fetch(keys, maxBytes) {
    return { message: [`gets ${keys.join(' ')}${END}`], read: itemsReader(maxBytes) }
  },

  store({ key, value, expires, only }) {
    const verb = only === undefined ? 'set' : only === 'add' ? 'add' : 'cas'
    const cas = typeof only === 'bigint' ? ` ${only}` : ''
    const head = `${verb} ${key} 0 ${expires} ${value.length}${cas}${END}`
    return answer([head, value, END], storedOf)
  },

  remove(key) {
    return answer([`delete ${key}${END}`], (line) =>
      line === 'DELETED' ? true : line === 'NOT_FOUND' ? false : undefined,
    )
  },

  version() {
    return answer([`version${END}`], (line) => /^VERSION (.+)$/.exec(line)?.[1])
  },

  stats() {
    const found = new Map<string, string>()
    const read = (inbox: Inbox): Map<string, string> | Error | undefined => {
      for (let line = inbox.line(); line !== undefined; line = inbox.line()) {
        if (line === 'END') return found
        const [, name, value] = /^STAT (\S+) ?(.*)$/.exec(line) ?? []
        if (name === undefined || value === undefined) return refusal(line)
        found.set(name, value)
      }
      return undefined
    }
    return { message: [`stats${END}`], read }
  },
}

/** Creates a request with a reply of one line. */
function answer<T extends ProtocolReply>(
  message: readonly (string | Uint8Array)[],
  understand: (line: string) => T | undefined,
): ProtocolRequest<T> {
  return {
    message,
    read(inbox) {
      const line = inbox.line()
      return line === undefined ? undefined : (understand(line) ?? refusal(line))
    },
  }
}

function storedOf(line: string): StoreResult | undefined {
  if (line === 'STORED') return 'stored'
  if (line === 'NOT_STORED' || line === 'EXISTS' || line === 'NOT_FOUND') return 'conflict'
  return line.startsWith('SERVER_ERROR object too large') ? 'too-large' : undefined
}

/** Reads `VALUE key flags bytes cas` lines, each followed by its bytes, up to `END`. */
function itemsReader(maxBytes: number): (inbox: Inbox) => Map<string, Item> | Error | undefined {
  const found = new Map<string, Item>()
  let head: { readonly key: string; readonly bytes: number; readonly cas: bigint } | undefined
  return (inbox) => {
    for (;;) {
      if (head === undefined) {
        const line = inbox.line()
        if (line === undefined) return undefined
        if (line === 'END') return found
        head = headOf(line)
        if (head === undefined) return refusal(line)
        if (head.bytes > maxBytes) {
          inbox.skip(head.bytes + END.length)
          head = undefined
          continue
        }
      }
      const bytes = inbox.bytes(head.bytes + END.length)
      if (bytes === undefined) return undefined
      found.set(head.key, { value: bytes.subarray(0, head.bytes), cas: head.cas })
      head = undefined
    }
  }
}

function headOf(line: string) {
  const [word, key, , bytes, cas, ...more] = line.split(' ')
  if (word !== 'VALUE' || key === undefined || more.length > 0) return undefined
  if (!/^\d{1,10}$/.test(bytes ?? '') || !/^\d{1,20}$/.test(cas ?? ''))
    throw new ProtocolError('a VALUE without numbers')
  return { key, bytes: Number(bytes), cas: BigInt(cas ?? 0) }
}

/**
 * Reads an unexpected line: the server's error.
 *
 * @throws ProtocolError for any other line
 */
function refusal(line: string): RefusedError {
  if (/^(ERROR|CLIENT_ERROR|SERVER_ERROR)\b/.test(line)) return new RefusedError(line)
  throw new ProtocolError('an answer to something else')
}
