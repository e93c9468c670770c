import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, type SiteOptions, updateCache } from '@sitecache/express'
import type { Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { type Ask, outcome, twins } from '@sitecache/test-support/twins'
import express, { type Request, type RequestHandler } from 'express'

interface Auth {
  readonly userId: string | null
  readonly isAuthenticated: boolean
}
type ClerkRequest = Request & { auth: () => Auth }

/**
 * What @clerk/express 2 puts on each request, whoever asks: a function with a brand. The package has
 * 13 MB.
 */
const clerk: RequestHandler = (req, _res, next) => {
  const userId = /__session=(\w+)/.exec(req.headers.cookie ?? '')?.[1] ?? null
  const auth = () => ({ userId, isAuthenticated: userId !== null })
  Object.assign(req, { auth: Object.assign(auth, { [Symbol.for('@clerk/express.auth')]: true }) })
  next()
}

function site(options: SiteOptions = {}): Promise<Ask> {
  const update = updateCache({ cache: freshCache(), ...options }) as Use
  return twins({ update, look: fetchFromCache() as Use }, ({ update, look }) => {
    const app = express().use(update as RequestHandler, clerk, look as RequestHandler)
    app.get('/me', (req, res) => void res.send(`I am ${(req as ClerkRequest).auth().userId}`))
    return app.get('/about', (_req, res) => void res.send('about'))
  })
}
const ann = ['Cookie: __session=ann']
const bob = ['Cookie: __session=bob']

describe('a site with Clerk', () => {
  it.each(['/me', '/about'])('shares %s among those who are not signed in', async (path) => {
    const ask = await site()
    expect(outcome(await ask(path))).toBe('stored')
    expect(outcome(await ask(path, ['Cookie: theme=dark']))).toBe('hit')
    for (const lines of [ann, bob, []]) await ask(path, lines)
  })

  it('keeps no page of a user of whom nothing vouches who they are', async () => {
    const ask = await site()
    for (const lines of [ann, bob, ann]) expect(outcome(await ask('/me', lines))).toBe('passed')
  })

  it('keeps pages for each user that the application names', async () => {
    const ask = await site({ visitor: (req) => (req as unknown as ClerkRequest).auth().userId ?? undefined })
    expect(outcome(await ask('/me', ann))).toBe('stored')
    expect(outcome(await ask('/me', bob))).toBe('stored')
    expect(outcome(await ask('/me', ann))).toBe('hit')
  })
})
