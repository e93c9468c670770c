import type { IncomingMessage } from 'node:http'
import { isOwnFile } from '../../packages/express/src/inputs/callers.js'
import { pardonedReader } from '../../packages/express/src/inputs/known-readers.js'

/** By whom something was read, by its name; undefined: by a reader that is not pardoned. */
export type Readers = Map<string, (string | undefined)[]>

// This file stands for the watch's own.
const isOwn = (file: string) => isOwnFile(file) || /[\\/]inputs[\\/]reading\.ts$/.test(file)

function note(readers: Readers, name: string): void {
  readers.set(name, [...(readers.get(name) ?? []), pardonedReader(isOwn)])
}

/** Defines a property whose readers are noted. */
export function noting(owner: object, name: string, value: unknown, readers: Readers, as = name): void {
  Object.defineProperty(owner, name, {
    configurable: true,
    get() {
      note(readers, as)
      return value
    },
  })
}

/** Notes the readers of each header, of all headers (`*`), and of the address. */
export function watchReads(req: IncomingMessage, readers: Readers): void {
  const headers = new Proxy(req.headers, {
    get(target, name) {
      note(readers, String(name))
      return Reflect.get(target, name)
    },
    ownKeys(target) {
      note(readers, '*')
      return Reflect.ownKeys(target)
    },
  })
  Object.defineProperty(req, 'headers', { value: headers, configurable: true })
  noting(req.socket, 'remoteAddress', req.socket.remoteAddress, readers, 'address')
}
