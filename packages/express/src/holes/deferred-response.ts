import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'

/**
 * Shows a response that its handler has ended as one that is sent, while it waits for what fills its holes: whoever asks
 * (`headersSent` before an error page, say) must not answer a second time.
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
 * Has `drain` of the response itself reach those who wait for it, beside that of a stream that a middleware put in its place (compression
 * does so): a hole that was waited for says by it that more can be written.
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
