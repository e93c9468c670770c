import express from 'express'
import { defineCachedHandler } from 'ocache'
import { renderPage } from '../page.mjs'

/** Its handlers take the Request and give the Response of the web: both are made here, as its adapters do. */
export function createListener() {
  const cached = defineCachedHandler(
    async ({ req }) =>
      new Response(await renderPage(new URL(req.url).pathname.slice('/page/'.length)), {
        headers: { 'content-type': 'text/html; charset=utf-8' },
      }),
    { maxAge: 15 * 60 },
  )
  return express().get('/page/:id', async (req, res) => {
    const response = await cached({ req: new Request(`http://${req.headers.host}${req.url}`) })
    res.status(response.status)
    response.headers.forEach((value, name) => {
      res.setHeader(name, value)
    })
    res.end(Buffer.from(await response.arrayBuffer()))
  })
}
