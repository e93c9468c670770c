import type { IncomingMessage, RequestListener } from 'node:http'
import { hole } from '@sitecache/express'
import request from '@sitecache/test-support/request'

/** The visitor that a request's cookie names. */
export function visitorOf(req: IncomingMessage): string {
  return /\bv=(\w+)/.exec(req.headers.cookie ?? '')?.[1] ?? 'nobody'
}

/** How often the greeting was written. */
export const runs = { count: 0 }

/** Shows a visitor their name, at once. */
export const greeting = hole('greeting', (req: IncomingMessage) => {
  runs.count += 1
  return `<b>${visitorOf(req)}</b>`
})

/** Shows a visitor their cart, a while later. */
export const cart = hole('cart', async (req: IncomingMessage) => {
  await new Promise((resolve) => setTimeout(resolve, 2))
  return `[cart of ${visitorOf(req)}]`
})

/** Asks for `/` as a visitor. */
export function as(app: RequestListener, visitor: string, path = '/') {
  return request(app).get(path).set('Cookie', `v=${visitor}`)
}

/** A page with both holes. */
export function page(text = 'page'): string {
  return `<p>${greeting()} ${text} ${cart()} ${greeting}</p>`
}

/** The same as a visitor sees it. */
export function seenBy(visitor: string, text = 'page'): string {
  return `<p><b>${visitor}</b> ${text} [cart of ${visitor}] <b>${visitor}</b></p>`
}
