import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from '@jest/globals'
import { type Caches, createCaches } from '@sitecache/core'
import request from '@sitecache/test-support/request'
import express, { type NextFunction, type Request, type Response } from 'express'
import { type Engine, partials } from './engines.js'

const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

/** An application of Express that shows views. */
export interface Site {
  readonly caches: Caches
  /** The text of a view, white space at the ends of lines removed; of its error, when it has one. */
  show(view: string, data?: object): Promise<string>
  /** How often the function `tick` of the data was called: it answers [1], [2], … */
  ticks(): number
}

/** Serves views by `res.render`; in a text, `tick()` counts. */
export async function site(
  engine: Engine,
  views: Readonly<Record<string, string>>,
  caches: Caches = createCaches({ default: 'memory:' }),
): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'sitecache-views-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(views))
    await writeFile(join(folder, `${name}.${engine.extension}`), text)
  const app = express()
  engine.use(app, folder, caches)
  app.set('views', folder).set('view engine', engine.extension)
  await partials.get(app)?.()
  let ticks = 0
  let data: object = {}
  const tick = () => `[${++ticks}]`
  app.get('/:view', (req, res) => res.render(req.params.view, { tick, ...data }))
  app.use(
    (error: Error, _req: Request, res: Response, _next: NextFunction) =>
      void res.status(500).send(error.message),
  )
  return {
    caches,
    ticks: () => ticks,
    async show(view, given = {}) {
      data = given
      const { text } = await request(app).get(`/${view}`)
      return text.replace(/\s*\n\s*/g, '')
    },
  }
}
