import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'

/**
 * Makes a response that its handler has ended look sent while its holes are filled: a middleware
 * that checks `headersSent` before an error page must not answer a second time.
 */
export function pretendSent(res: ServerResponse): { undo(): void } {
  const names = ['headersSent', 'writableEnded'] as const
  for (const name of names) Object.defineProperty(res, name, { configurable: true, value: true })
  return {
    undo() {
      for (const name of names) Reflect.deleteProperty(res, name)
    },
  }
}

/**
 * Passes `drain` of the response itself to its listeners, beside that of a stream that a middleware
 * put in its place (compression does): it is emitted when a hole was waited for and more can be
 * written.
 */
export function listenToDrain(res: ServerResponse): void {
  if (!Object.hasOwn(res, 'on')) return
  const { on } = res
  res.on = function onDrainToo(
    this: ServerResponse,
    name: string | symbol,
    listener: (...args: unknown[]) => void,
  ) {
    on.call(res, name as string, listener)
    if (name === 'drain' && !res.rawListeners(name).includes(listener))
      EventEmitter.prototype.on.call(res, name, listener)
    return res
  } as typeof res.on
}
