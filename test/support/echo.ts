import { siteCache } from '@sitecache/express'
import express, { type Request } from 'express'
import { freshCache } from './cache.js'

export type Options = Parameters<typeof siteCache>[0]

/** A cached site that answers every GET with a text made of the request, and counts its renders. */
export function echo(options: Options, answer: (req: Request) => string, vary: readonly string[] = []) {
  const app = express()
  app.use(siteCache({ cache: freshCache(), ...options }))
  let renders = 0
  app.get('/{*path}', (req, res) => {
    renders += 1
    for (const name of vary) res.vary(name)
    res.send(answer(req))
  })
  return { app, renders: () => renders }
}
