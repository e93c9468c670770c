import type { IncomingMessage, ServerResponse } from 'node:http'
import { holes } from '@sitecache/core/internal'
import { captureAt, captureResponse } from '../capture/capture.js'
import type { CaptureControl } from '../capture/observer.js'
import { reserveCapture } from '../capture/place.js'
import { pageHolesOf } from '../holes/page-holes.js'
import type { Layer } from '../options/layer.js'
import { peekState, stateOf } from '../state/request-state.js'
import { ResponseRecorder } from './recorder.js'

/** A response that is captured, and its recorder. */
export interface RecordedResponse {
  readonly recorder: ResponseRecorder
  readonly capture: CaptureControl
}

/** Begins to capture a response for a layer of cache. */
export function recordResponse(layer: Layer, req: IncomingMessage, res: ServerResponse): RecordedResponse {
  peekState(req)?.reserved?.()
  const recorder = makeRecorder(layer, req, res)
  return { recorder, capture: captureResponse(res, layer.rules.maxBodyBytes, recorder) }
}

function makeRecorder(layer: Layer, req: IncomingMessage, res: ServerResponse): ResponseRecorder {
  const recorder = new ResponseRecorder(layer, req, res)
  if (holes.some) pageHolesOf(req).capturedBy(recorder, layer.rules.maxBodyBytes)
  return recorder
}

/**
 * Reserves the place of a capture, for a layer that may not need it: the response is recorded when
 * the handler is called, or when a layer further in captures it first.
 *
 * @returns function that records it, once; the same at each call
 */
export function reserveRecord(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
): () => RecordedResponse {
  const state = stateOf(req)
  const place = state.reserved === undefined ? reserveCapture(res) : undefined
  if (place === undefined) {
    const recorded = recordResponse(layer, req, res)
    return () => recorded
  }
  let recorded: RecordedResponse | undefined
  const record = (): RecordedResponse => {
    if (recorded === undefined) {
      state.reserved = undefined
      const recorder = makeRecorder(layer, req, res)
      recorded = { recorder, capture: captureAt(place, res, layer.rules.maxBodyBytes, recorder) }
    }
    return recorded
  }
  state.reserved = record
  return record
}
