import { type Cache, type PageOptions, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import express, { type Express, type Request, type Response } from 'express'
import { type Metrics, type MetricsOptions, metrics } from '../src/index.js'
import { type ParsedMetric, parseText } from './parse-text.js'

type Handler = (req: Request, res: Response) => unknown

/** A site whose pages are at `/page/:id`, and its numbers. */
export function countedSite(
  handler: Handler,
  options: PageOptions = {},
  counting: MetricsOptions = {},
): { app: Express; cache: Cache; numbers: Metrics } {
  const cache = options.cache instanceof Object ? options.cache : freshCache()
  const numbers = metrics({ caches: [cache], ...counting })
  const app = express().use(siteCache({ ...options, cache }))
  app.all('/page/:id', handler)
  return { app, cache, numbers }
}

/** Values of a metric by their labels, of samples whose labels hold all of these texts. */
export async function valuesOf(numbers: Metrics, name: string): Promise<Record<string, number>> {
  const values = (await parsed(numbers)).get(name)?.values ?? new Map<string, number>()
  const prefix = new RegExp(`^${name}`)
  return Object.fromEntries([...values].map(([key, value]) => [key.replace(prefix, ''), value]))
}

export async function parsed(numbers: Metrics): Promise<ReadonlyMap<string, ParsedMetric>> {
  return parseText(await numbers.text())
}
