import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Whether a response is still to be answered: its client is there, and nothing else, such as a
 * middleware for timeouts, has begun to answer it.
 */
export function isOpen(res: ServerResponse): boolean {
  if (res.headersSent || res.writableEnded || res.destroyed || res.closed) return false
  const { req } = res as { req?: IncomingMessage }
  return req?.socket?.destroyed !== true
}

/** Methods that end or cut off a response. */
interface BrokenWriter {
  end(): unknown
  destroy(): unknown
}

/**
 * Answers 500 in place of what failed, without details; cuts off a response that has begun. Never
 * throws.
 *
 * @param out the methods that write it. @default those of `res`
 */
export function endBroken(res: ServerResponse, out: BrokenWriter = res): void {
  try {
    if (!res.headersSent) {
      for (const name of res.getHeaderNames()) res.removeHeader(name)
      res.statusCode = 500
      out.end.call(res)
    } else if (!res.writableEnded) out.destroy.call(res)
  } catch {
    out.destroy.call(res)
  }
}
