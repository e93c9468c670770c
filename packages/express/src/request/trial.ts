import type { IncomingMessage } from 'node:http'
import { type OwnRequest, ownRequestOf } from '../node/own-requests.js'
import type { ArrivedRequest } from './arrived-request.js'

/** Takes a request on trial at each layer that it comes to, in place of the layer. */
export type LayerTrial = (arrived: ArrivedRequest) => unknown

const trials = new WeakMap<OwnRequest, LayerTrial>()
/** Whether any request of this process was on trial: most processes never ask. */
let isUsed = false

/** Has a request of the cache's own taken by a trial at each layer of cache. */
export function takeOnTrial(own: OwnRequest, trial: LayerTrial): void {
  isUsed = true
  trials.set(own, trial)
}

/** Returns the trial of a request; undefined: it is none. */
export function trialOf(req: IncomingMessage): LayerTrial | undefined {
  if (!isUsed) return undefined
  const own = ownRequestOf(req)
  return own?.purpose === 'trial' ? trials.get(own) : undefined
}
