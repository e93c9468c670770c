import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Cache, type SiteOptions, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import express from 'express'
import { readAll } from './asking.js'

/** Answers a request whose content has been read. */
export type Answer = (req: IncomingMessage, res: ServerResponse, content: string) => unknown

export interface SearchSite {
  readonly url: string
  readonly cache: Cache
  /** The contents that the handler was asked by. */
  readonly asked: string[]
}

export const plain: Answer = (req, res, content) => res.end(`${req.method} "${content}"`)

/** An application in Express 5 that answers every method on `/search`. */
export async function searchSite(answer: Answer = plain, options: SiteOptions = {}): Promise<SearchSite> {
  const cache = freshCache()
  const asked: string[] = []
  const app = express().use(siteCache({ cache, methods: ['QUERY', 'POST'], ...options }))
  app.all('/search', async (req, res) => {
    const content = await readAll(req)
    asked.push(content)
    await answer(req, res, content)
  })
  return { url: await serve(app), cache, asked }
}
