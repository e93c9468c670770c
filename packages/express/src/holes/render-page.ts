import type { IncomingMessage, ServerResponse } from 'node:http'
import { type RenderContext, runInContext } from '@sitecache/core'
import { type HoleMarks, holes, mayReport } from '@sitecache/core/internal'
import { ownRequestOf } from '../node/own-requests.js'
import type { Layer } from '../options/layer.js'
import { stateOf } from '../state/request-state.js'
import { pageHolesOf } from './page-holes.js'
import { ResponseMarks } from './response-marks.js'

/**
 * Runs a handler whose response is captured: the parts of its page report their tags and expiry,
 * and it can have holes.
 */
export function renderPage(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  handler: () => unknown,
): unknown {
  const marks = marksFor(layer, req, res)
  if (marks === undefined && !mayReport()) return handler()
  return runInContext({ ...reportsTo(req), marks }, handler)
}

/** Runs a handler whose response bypasses a layer of cache: it can have holes all the same. */
export function renderUncached(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  handler: () => unknown,
): unknown {
  // A layer above has set the context.
  if (!holes.some || pageHolesOf(req).marks !== undefined) return handler()
  return runInContext({ tags() {}, expiry() {}, marks: marksFor(layer, req, res) }, handler)
}

/** Context in which tags and expiry of a page's parts become the page's own. */
function reportsTo(req: IncomingMessage): RenderContext {
  return {
    tags: (more) => stateOf(req).addTags(more),
    expiry(expires) {
      const state = stateOf(req)
      state.ends = Math.min(state.ends ?? expires, expires)
    },
  }
}

/** Returns the marks of a response, the same for all layers that it passes. */
function marksFor(layer: Layer, req: IncomingMessage, res: ServerResponse): HoleMarks | undefined {
  if (!holes.some) return undefined
  const page = pageHolesOf(req)
  page.marks ??= new ResponseMarks({
    req,
    res,
    page,
    fill: (name) => fillHole(layer, req, name),
    failed: (error) => layer.keys().cache.meter.error(error, 'hole'),
  })
  return page.marks
}

/** Renders the content of a hole for a request. Never rejects. */
export function fillHole(layer: Layer, req: IncomingMessage, name: string): string | Promise<string> {
  // No client sees the response to a background refresh.
  if (ownRequestOf(req)?.purpose === 'refresh') return ''
  return holes.fill(name, req, (_, error) => layer.keys().cache.meter.error(error, 'hole'))
}
