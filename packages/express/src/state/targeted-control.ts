import type { IncomingMessage, ServerResponse } from 'node:http'
import onHeaders from 'on-headers'
import type { Headers } from '../node/response-headers.js'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import { peekState, stateOf } from './request-state.js'

/**
 * Takes sitecache's own field from a response, so that it is never sent on. Later layers of cache
 * find it in `headers` as the first one did.
 *
 * @param headers of the response; changed in the same way, but for this field
 */
export function takeTargetedControl(req: IncomingMessage, res: ServerResponse, headers: Headers): void {
  const value = headers[TARGETED_FIELD]
  if (value === undefined) {
    const known = peekState(req)?.targetedControl
    if (known !== undefined) headers[TARGETED_FIELD] = known
    return
  }
  stateOf(req).targetedControl = String(value)
  res.removeHeader(TARGETED_FIELD)
}

/** Removes sitecache's own field from a response that no layer of cache looks at. */
export function dropTargetedControl(res: ServerResponse): void {
  onHeaders(res, () => res.removeHeader(TARGETED_FIELD))
}
