import type { ServerResponse } from 'node:http'
import { writeHeldHead } from './held-response.js'

/**
 * Has a response end only when the work is done that its head began: a purge, which its client must find done. Work that fails has
 * been told elsewhere, and work on a store takes no longer than that store's bound.
 *
 * @returns what takes such work, up to the end of the response
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
