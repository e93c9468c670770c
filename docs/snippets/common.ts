/** Names that the documents' examples share: an application, its handlers, data. */
import * as sitecache from '@sitecache/express'
import type { Request, Response } from 'express'
import express from 'express'
import './visitors.js'

export { createServer } from 'node:http'
export * from '@sitecache/express'
export { default as compression } from 'compression'
export { default as cookieParser } from 'cookie-parser'
export { default as session } from 'express-session'
export { express }

export const secret = 'a secret of this site'
export const app = express()
export const { cache, caches } = sitecache

export const handler = (_req: Request, res: Response): void => {
  res.type('html').send(`<p>${'A page. '.repeat(500)}</p>`)
}
