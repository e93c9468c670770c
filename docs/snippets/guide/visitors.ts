import { AsyncLocalStorage } from 'node:async_hooks'
import type { NextFunction, Request, Response } from 'express'
import passport from 'passport'
import { app } from '../common.js'

export * from '../common.js'
export { passport }

/** Tenant that a middleware keeps for its request. */
export const tenants = new AsyncLocalStorage<{ readonly id: string }>()
app.use((_req, _res, next) => tenants.run({ id: 'shop' }, next))

/** Middleware that finds the language of a request. */
export const i18n = (req: Request, _res: Response, next: NextFunction): void => {
  Object.assign(req, { language: req.acceptsLanguages('en', 'fr') || 'en' })
  next()
}
