import { siteCache } from '@sitecache/express'
import express, { type Express, type Request, type Response } from 'express'
import { freshCache } from './cache.js'

/** Answers a request of Express. */
export type Handler = (req: Request, res: Response) => unknown

/** An application whose only page is counted. */
export function site(
  handler: Handler,
  options: Parameters<typeof siteCache>[0] = {},
): { app: Express; renders: () => number } {
  const app = express()
  let renders = 0
  app.use(siteCache({ cache: freshCache(), ...options }))
  app.use((req, res) => {
    renders += 1
    return handler(req, res)
  })
  return { app, renders: () => renders }
}
