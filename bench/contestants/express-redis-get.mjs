import express from 'express'
import { Redis } from 'ioredis'
import { storedBody, storedHeaders } from '../handlers.mjs'

/** Pages that are there: `/page/1`, `/page/2` … */
const count = Number(process.env.BENCH_STORED ?? 1)

/** The least that Express needs for a page that is in Redis: one `GET`, and to write what it answers. */
export async function createListener() {
  const redis = new Redis(process.env.BENCH_STORE_URL)
  const body = storedBody()
  const headers = storedHeaders(body)
  for (let id = 1; id <= count; id++) await redis.set(`/page/${id}`, body)
  return express().use(async (req, res) => {
    const page = await redis.getBuffer(req.url)
    for (const name in headers) res.setHeader(name, headers[name])
    res.end(page)
  })
}
