import type { ServerResponse } from 'node:http'
import { writeHeldHead } from './held-response.js'

/**
 * Delays the end of a response until the work that its head began is done: its client must see the
 * effect of a purge. Failures are reported elsewhere, and the store's own timeout bounds the delay.
 *
 * @returns function that takes such work, up to the end of the response
 */
export function deferEnd(res: ServerResponse): (work: Promise<unknown>) => void {
  const { end } = res
  const pending: Promise<unknown>[] = []
  res.end = ((...args: unknown[]) => {
    writeHeldHead(res, 'end', args)
    if (pending.length === 0) return Reflect.apply(end, res, args)
    Promise.allSettled(pending).then(() => Reflect.apply(end, res, args))
    return res
  }) as typeof end
  return (work) => void pending.push(work)
}
