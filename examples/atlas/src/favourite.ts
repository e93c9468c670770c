import { hole } from '@sitecache/express'
import type { Request } from 'express'
import type { Language } from './i18n.js'
import { messages } from './messages/index.js'
import { linkIn } from './pages.js'

/**
 * Who is signed in, and whether they keep the place: the part of a place's page that is each visitor's own. It is written on every hit, by
 * what stands in front of `fetchFromCache()`: the session and the language.
 */
export const favourite = hole('favourite', async (req: Request) => {
  const { res, session } = req
  const id = /^\/places\/(\d+)/.exec(req.originalUrl)?.[1]
  if (res === undefined || id === undefined) return ''
  const { user, favourites = [] } = session
  const t = messages[res.locals.language as Language]
  return render(req, { t, link: linkIn(res), id, user, kept: favourites.includes(Number(id)) })
})

/** A view of its own, so that it is escaped as all others are. */
function render(req: Request, data: object): Promise<string> {
  return new Promise((resolve, reject) => {
    req.app.render('favourite', data, (error: Error | null, html: string) =>
      error ? reject(error) : resolve(html),
    )
  })
}
