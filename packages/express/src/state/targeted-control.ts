import type { IncomingMessage, ServerResponse } from 'node:http'
import onHeaders from 'on-headers'
import type { Headers } from '../node/response-headers.js'
import { OWN_CONTROL } from '../node/targeted-control-name.js'
import { exchangeOf, knownExchange } from './request-state.js'

/**
 * Takes the field that is for us from a response, so that it is never sent on. Layers of cache outside find it in `headers` as the
 * first of them did.
 *
 * @param headers those of the response; kept in step with it, but for this field
 */
export function takeOwnControl(req: IncomingMessage, res: ServerResponse, headers: Headers): void {
  const value = headers[OWN_CONTROL]
  if (value === undefined) {
    const known = knownExchange(req)?.ownControl
    if (known !== undefined) headers[OWN_CONTROL] = known
    return
  }
  exchangeOf(req).ownControl = String(value)
  res.removeHeader(OWN_CONTROL)
}

/** The same, for a response that no layer of cache looks at. */
export function dropOwnControl(res: ServerResponse): void {
  onHeaders(res, () => res.removeHeader(OWN_CONTROL))
}
