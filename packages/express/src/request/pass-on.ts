import { renderUncached } from '../holes/render-page.js'
import { exposeRequestCache } from '../state/request-state.js'
import { dropTargetedControl } from '../state/targeted-control.js'
import type { ArrivedRequest } from './arrived-request.js'
import { bypass } from './bypass.js'
import type { BypassReason } from './locate.js'
import { mayStorePost, recordPost } from './store-post.js'

/** Lets a request go on that nothing is looked up for. */
export function passOn(arrived: ArrivedRequest, reason: BypassReason): unknown {
  const { layer, keys, req, res, record } = arrived
  if (record === undefined) dropTargetedControl(res)
  const mayStore = reason === 'method' && mayStorePost(layer, req)
  return arrived.afterWait(mayStore ? keys.cache.tags.now() : undefined, (epoch) => {
    if (epoch !== undefined) recordPost(layer, req, res, epoch)
    bypass(arrived, reason)
    exposeRequestCache(req)
    return renderUncached(layer, req, res, () => arrived.handle())
  })
}
