import { createServer } from 'node:http'
import type { Response as ExpressResponse, NextFunction, Request } from 'express'

export { default as helmet } from 'helmet'
export * from '../common.js'
export { article } from '../data.js'
export * from '../exchange.js'

export const server = createServer()
export const q = 'lamps'
export const timing = 'db;dur=5'
export const body = 'a page'
export const version = 7

export const countryOf = (req: Request): string => req.get('cf-ipcountry') ?? 'unknown'

/** Middleware that has an argument, and passes a request on. */
export const minify =
  () =>
  (_req: Request, _res: ExpressResponse, next: NextFunction): void =>
    next()

/** As in a browser, which knows the site of its page. */
export const fetch = async (path: string): Promise<Response> => new Response(path)
