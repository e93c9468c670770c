import express from 'express'
import { Redis } from 'ioredis'
import { storedBody, storedHeaders } from '../handlers.mjs'

/** The least that Express needs for a page that is in Redis: one `GET`, and to write what it answers. */
export async function createListener() {
  const redis = new Redis(process.env.BENCH_STORE_URL)
  const body = storedBody()
  const headers = storedHeaders(body)
  await redis.set('page', body)
  return express().use(async (_req, res) => {
    const page = await redis.getBuffer('page')
    for (const name in headers) res.setHeader(name, headers[name])
    res.end(page)
  })
}
