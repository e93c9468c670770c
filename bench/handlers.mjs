import etag from 'etag'
import { pageBody, pageId, renderPage } from './page.mjs'

/** The plain Express handler that stands behind every cache. @type {import('express').RequestHandler} */
export function expressHandler(req, res) {
  res.type('html').send(renderPage(req.params.id))
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

/**
 * Writes a prebuilt buffer with the headers that a page from sitecache has: the least that the runtime needs for
 * such a response, and what the contestants are measured against.
 */
export function bufferHandler() {
  const body = Buffer.from(pageBody('1'))
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': body.length,
    ETag: etag(body, { weak: true }),
    'Cache-Control': 'max-age=600',
    Expires: new Date(Date.now() + 600_000).toUTCString(),
  }
  /**
   * @param {import('node:http').IncomingMessage} _req
   * @param {import('node:http').ServerResponse} res
   */
  return function writeBuffer(_req, res) {
    for (const name in headers) res.setHeader(name, headers[name])
    res.end(body)
  }
}
