import { expect, it } from '@jest/globals'
import { hole, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import express from 'express'
import { ask, contentMethods } from './asking.js'

const greeting = hole('greeting', (req: express.Request) => `for ${req.headers['x-visitor']}`)

it.each(contentMethods)('a page by content has its holes filled for each visitor: %s', async (method) => {
  let renders = 0
  const app = express().use(siteCache({ cache: freshCache(), methods: [method] }), express.text())
  app.all('/page', (req, res) => {
    renders += 1
    res.send(`${req.body} ${greeting}`)
  })
  const url = await serve(app)
  for (const visitor of ['1', '2', '3']) {
    const { body } = await ask(url, method, '/page', 'a', [
      'Content-Type: text/plain',
      `X-Visitor: ${visitor}`,
    ])
    expect(body).toBe(`a for ${visitor}`)
  }
  expect(renders).toBe(1)
})
