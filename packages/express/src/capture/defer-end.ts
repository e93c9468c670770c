import type { ServerResponse } from 'node:http'
import { isChunk, writeHeldHead } from './held-response.js'

/** State of a response's end: not written, waiting for work, or passed on. */
type End = 'ahead' | 'waiting' | 'passed-on'

/**
 * Delays the end of a response until the work that its head began is done: its client must see the
 * effect of a purge. Failures are reported elsewhere, and the store's own timeout bounds the delay.
 *
 * @returns function that takes such work, up to the end of the response
 */
export function deferEnd(res: ServerResponse): (work: Promise<unknown>) => void {
  const { write, end } = res
  const pending: Promise<unknown>[] = []
  let state: End = 'ahead'
  const pass = (args: unknown[]): unknown => {
    state = 'passed-on'
    return Reflect.apply(end, res, args)
  }
  res.end = ((...args: unknown[]) => {
    // A timeout that ends it once more comes too late: the handler has ended it.
    if (state === 'waiting') return discard(args, res)
    // Node refuses such a chunk before it writes a head: an error page can still be sent.
    if (!isChunk('end', args[0]) || state === 'passed-on') return Reflect.apply(end, res, args)
    writeHeldHead(res, 'end', args)
    if (pending.length === 0) return pass(args)
    state = 'waiting'
    void Promise.all(pending).then(() => passLate(res, () => pass(args)))
    return res
  }) as typeof end
  res.write = ((...args: unknown[]) =>
    state === 'waiting' ? discard(args, true) : Reflect.apply(write, res, args)) as typeof write
  // A failure settles the work as well. It is handled at once, since the end may never come.
  return (work) =>
    void pending.push(
      work.then(
        () => undefined,
        () => undefined,
      ),
    )
}

/** Ends a response behind its caller's back: nobody is left to catch what `end` throws. */
function passLate(res: ServerResponse, pass: () => unknown): void {
  try {
    if (!res.destroyed) pass()
  } catch {
    res.destroy()
  }
}

/** Takes a write that comes behind the end. */
function discard<T>(args: readonly unknown[], result: T): T {
  const callback = args.find((arg): arg is () => void => typeof arg === 'function')
  if (callback !== undefined) process.nextTick(callback)
  return result
}
