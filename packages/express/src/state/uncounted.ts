import type { IncomingMessage } from 'node:http'
import { RequestSlot } from './request-state.js'

/** Something that counts a request while it is under way. */
interface Counting {
  /** Takes the request out of what is counted while it runs. */
  uncount(): void
}

interface Counted {
  isLeftOut: boolean
  readonly by: Set<Counting>
}

const slot = new RequestSlot<Counted>()

function countedOf(req: IncomingMessage): Counted {
  const known = slot.of(req)
  if (known !== undefined) return known
  const made: Counted = { isLeftOut: false, by: new Set() }
  slot.set(req, made)
  return made
}

/**
 * Leaves a request out of the event `exchange`, and so out of metrics and of the dashboard, and of
 * warnings in development: for an operator's page or a health check that lies below a cache. To be
 * called before its response has ended.
 *
 * @example
 * app.get('/health', (req, res) => {
 *   leaveUncounted(req)
 *   res.send('ok')
 * })
 */
export function leaveUncounted(req: IncomingMessage): void {
  const counted = countedOf(req)
  if (counted.isLeftOut) return
  counted.isLeftOut = true
  for (const one of counted.by) one.uncount()
  counted.by.clear()
}

/** Returns whether a request counts; one that is under way may still be left out. */
export function isCounted(req: IncomingMessage): boolean {
  return slot.of(req)?.isLeftOut !== true
}

/** Has `leaveUncounted` tell. */
export function countedBy(req: IncomingMessage, one: Counting): void {
  countedOf(req).by.add(one)
}
