import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { isHopByHop } from '@sitecache/http'
import type { ResponseWriter } from '../capture/observer.js'
import { dispatchAgain, type OwnResponse, ownRequest } from '../node/own-requests.js'
import { whenClosed } from '../node/when-closed.js'
import type { Layer } from '../options/layer.js'
import type { Forwarded } from './forwarded.js'
import { resetHeaders } from './replacement.js'

/** A request whose page is asked for anew, and the response that waits for it. */
export interface RefetchedExchange {
  readonly layer: Layer
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly forwarded: Forwarded
  /** Writer outside this layer. */
  readonly out: ResponseWriter
}

/**
 * Asks for the whole anew, for the client that waits for it. One that is longer than a page may be
 * is not held: it passes, as fast as the client takes it.
 *
 * @returns once it is out, or passes
 */
export async function refetch({ layer, req, res, forwarded, out }: RefetchedExchange): Promise<void> {
  const { meter } = layer.keys().cache
  resetHeaders(res, forwarded.priorHeaders)
  const asked = forwarded.requestHeaders as IncomingHttpHeaders
  let hasClient = true
  let hasHead = false
  try {
    const whole = await dispatchAgain(req, asked, ownRequest('refetch'))
    const stop = whenClosed(res, () => {
      hasClient = false
      whole.body.destroy()
    })
    const body = await start(whole, req.method === 'HEAD' ? 0 : layer.rules.maxBodyBytes)
    out.prepare?.()
    for (const [name, value] of Object.entries(whole.headers)) {
      if (value !== undefined && !isHopByHop(name)) res.setHeader(name, value)
    }
    hasHead = true
    out.writeHead.call(res, whole.status)
    if (body.rest !== undefined && req.method !== 'HEAD')
      return void passOn(body, res, out).catch(failed).finally(stop)
    stop()
    whole.body.destroy()
    out.end.call(res, body.begun)
  } catch (error) {
    failed(error)
  }
  function failed(error: unknown): void {
    // That its client has left is no fault.
    if (!hasClient) return
    meter.error(error, 'refetch')
    if (hasHead) return void out.destroy.call(res)
    out.writeHead.call(res, 502)
    out.end.call(res)
  }
}

/** A body, as far as it was read. */
interface StartedBody {
  readonly begun: Buffer
  /** The rest; undefined: there is none. */
  readonly rest: AsyncIterator<Buffer> | undefined
}

/** Reads a body to its end, or until it has more bytes than these. */
async function start({ body }: OwnResponse, most: number): Promise<StartedBody> {
  const chunks = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const parts: Buffer[] = []
  let length = 0
  while (length <= most) {
    const { done, value } = await chunks.next()
    if (done === true) return { begun: Buffer.concat(parts), rest: undefined }
    parts.push(value)
    length += value.length
  }
  return { begun: Buffer.concat(parts), rest: chunks }
}

async function passOn({ begun, rest }: StartedBody, res: ServerResponse, out: ResponseWriter): Promise<void> {
  let chunk: Buffer | undefined = begun
  while (chunk !== undefined) {
    if (out.write.call(res, chunk) === false) await drained(res)
    const next: IteratorResult<Buffer, unknown> | undefined = await rest?.next()
    chunk = next?.done === false ? next.value : undefined
  }
  out.end.call(res)
}

/** Resolves when the client takes more, or is gone. */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const stop = whenClosed(res, done)
    res.once('drain', done)
    function done(): void {
      stop()
      res.off('drain', done)
      resolve()
    }
  })
}
