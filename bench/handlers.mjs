import etag from 'etag'
import { pageBody, pageId, renderPage } from './page.mjs'

/** The plain Express handler that stands behind every cache. @type {import('express').RequestHandler} */
export function expressHandler(req, res) {
  const html = renderPage(req.params.id)
  // Not awaited where there is nothing to wait for: that is part of what a miss costs.
  if (typeof html === 'string') res.type('html').send(html)
  else return html.then((text) => res.type('html').send(text))
}

/**
 * The same page without Express.
 *
 * @param {import('node:http').IncomingMessage} req
 * @param {import('node:http').ServerResponse} res
 */
export function plainHandler(req, res) {
  const body = Buffer.from(renderPage(pageId(req.url)))
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  res.setHeader('Content-Length', body.length)
  res.setHeader('ETag', etag(body, { weak: true }))
  res.end(body)
}

/** The body of the page that is asked for, as it would be kept. */
export const storedBody = () => Buffer.from(pageBody('1'))

/** The headers that such a page from sitecache has. @param {Buffer} body @returns {Record<string, string | number>} */
export const storedHeaders = (body) => ({
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Length': body.length,
  ETag: etag(body, { weak: true }),
  'Cache-Control': 'max-age=600',
  Expires: new Date(Date.now() + 600_000).toUTCString(),
})

/**
 * Writes a prebuilt buffer with the headers that a page from sitecache has: the least that the runtime needs for
 * such a response, and what the contestants are measured against.
 */
export function bufferHandler() {
  const body = storedBody()
  const headers = storedHeaders(body)
  /**
   * @param {import('node:http').IncomingMessage} _req
   * @param {import('node:http').ServerResponse} res
   */
  return function writeBuffer(_req, res) {
    for (const name in headers) res.setHeader(name, headers[name])
    res.end(body)
  }
}
