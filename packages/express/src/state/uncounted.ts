import type { IncomingMessage } from 'node:http'

/**
 * Property by which a handler of ours, such as the dashboard, leaves its own requests out of events
 * and counts. By a name that all copies of the packages share.
 */
const UNCOUNTED = Symbol.for('sitecache.uncounted')

/** Returns whether a request counts. Asked once it has ended: a handler has marked it until then. */
export function isCounted(req: IncomingMessage): boolean {
  return Reflect.get(req, UNCOUNTED) !== true
}
