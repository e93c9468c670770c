import { types } from 'node:util'
import { digest, plainText } from '@sitecache/http'

/** An object whose content can't be told, and the request on which it was first seen. */
interface Seen {
  readonly text: string
  readonly first: WeakRef<object>
}

const instances = new WeakMap<object, Seen>()

/** Text of an instance, and whether other requests have had the same one. */
export interface InstanceText {
  readonly text: string
  readonly isShared: boolean
}

/**
 * Tells an instance of a class, a function or a promise from others. One that was made for a
 * request is as good as all that the request came with. One that an earlier request had too (a pool
 * of connections, a tenant out of a table) keeps the text that it had there: whoever has the same
 * instance sees the same.
 *
 * @param made text of the request, for an instance that was never seen before
 */
export function instanceText(value: object, req: object, made: () => string): InstanceText {
  const seen = instances.get(value)
  if (seen === undefined) {
    const text = made()
    instances.set(value, { text, first: new WeakRef(req) })
    return { text: text + ownText(value), isShared: false }
  }
  return { text: seen.text + ownText(value), isShared: seen.first.deref() !== req }
}

/** An instance may be used again for another request, with other data (a pool of contexts). */
function ownText(value: object): string {
  // A look at a Proxy would run its traps; a list of elements is as long as it likes.
  if (types.isProxy(value) || Array.isArray(value) || ArrayBuffer.isView(value)) return ''
  let text = ''
  // Node keeps numbers of its own under symbols of promises.
  for (const key of Object.keys(value)) {
    const own = Object.getOwnPropertyDescriptor(value, key)
    const data: unknown = own?.value
    if (typeof data === 'function' || (typeof data === 'object' && data !== null)) continue
    text += `${key} ${plainText(data) ?? ''}`
  }
  return text === '' ? '' : digest(text)
}
