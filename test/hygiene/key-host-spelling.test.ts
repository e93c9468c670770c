import { describe, expect, it } from '@jest/globals'
import { invalidatePage, siteCache } from '@sitecache/express'
import express from 'express'
import { freshCache } from '../support/cache.js'
import { outcome, twins } from '../support/twins.js'

describe('a host that is written otherwise', () => {
  const spellings = ['a.example', 'A.EXAMPLE', 'a.example:80', 'a.example.', 'A.example.:80']

  it('never gets a page that shows another spelling, such as a link to a port where nobody listens', async () => {
    const ask = await twins({ site: siteCache({ cache: freshCache() }) }, ({ site }) =>
      express().use(
        site,
        (req, res) => void res.send(`<link rel="canonical" href="https://${req.get('host')}/">`),
      ),
    )
    for (const host of [...spellings, ...spellings]) await ask('/', [`Host: ${host}`])
  })

  it('is purged with the others', async () => {
    const cache = freshCache()
    const ask = await twins({ site: siteCache({ cache }) }, ({ site }) =>
      express().use(site, (req, res) => void res.send(String(req.get('host')))),
    )
    for (const host of spellings) await ask('/', [`Host: ${host}`])
    await invalidatePage('http://a.example/', { cache })
    for (const host of spellings) expect(outcome(await ask('/', [`Host: ${host}`]))).toBe('stored')
  })
})
