import { type Caches, invalidatePage, neverCache, StoreError } from '@sitecache/express'
import { json, type NextFunction, type Request, type Response, Router } from 'express'
import { pageOptions } from '../caching.js'
import type { Figures } from '../figures.js'
import { signIn, signOut } from '../session.js'
import type { StoppableStore } from '../stoppable-store.js'

/** What the bar shows and switches. */
export interface BarContext {
  readonly caches: Caches
  readonly figures: Figures
  /** Absent: the store can't be stopped. */
  readonly store?: StoppableStore | undefined
}

/** The visitor that its button signs in. */
const VISITOR = 'Ada'

/**
 * `/bar/…`: what the bar on each page asks and orders. The bar itself is the same on all pages, and part of them; only its script fills
 * it. These routes stand above the cache, with sessions of their own.
 */
export function barRoutes({ caches, figures, store }: BarContext): Router {
  const options = pageOptions(caches)
  const routes = Router()
  routes.use(neverCache)
  routes.get('/state', tellState)
  // JSON alone, which a form of another site can't send.
  routes.post('/{*order}', json({ limit: '32kb' }), requireJson)
  routes.post('/purge', purge)
  routes.post('/visitor', changeVisitor)
  routes.post('/store', switchStore)
  routes.use(refuseFault)
  return routes

  async function tellState(req: Request, res: Response): Promise<void> {
    const { circuit } = await caches.get('default').stats()
    res.json({
      visitor: req.session.user ?? null,
      store: store === undefined ? null : stateOf(store, circuit),
      requests: figures.requests,
      served: figures.served,
      savedMs: Math.round(figures.savedMs),
    })
  }

  async function purge(req: Request, res: Response): Promise<void> {
    const url = ownUrl(req, bodyOf(req).path)
    if (url === undefined) return refuse(res, 400, 'path: a path of this site')
    try {
      await invalidatePage(url, options)
      res.json({ purged: true })
    } catch (error) {
      // Purging is the one thing that a store must not fail at in silence.
      if (!(error instanceof StoreError)) throw error
      refuse(res, 503, 'The store did not take the purge: start it first')
    }
  }

  async function changeVisitor(req: Request, res: Response): Promise<void> {
    if (bodyOf(req).signedIn === true) await signIn(req, VISITOR)
    else await signOut(req)
    res.json({})
  }

  function switchStore(req: Request, res: Response): void {
    const { running } = bodyOf(req)
    if (store === undefined || typeof running !== 'boolean') {
      refuse(res, 400, 'running: true or false')
    } else {
      store.isStopped = !running
      res.json({})
    }
  }
}

function stateOf(store: StoppableStore, circuit: string | undefined): string {
  if (store.isStopped) return 'stopped'
  // It is tried again in a moment.
  return circuit === 'closed' ? 'running' : 'starting'
}

function bodyOf(req: Request): Record<string, unknown> {
  return (req.body ?? {}) as Record<string, unknown>
}

function requireJson(req: Request, res: Response, next: NextFunction): void {
  if (req.is('json') === 'json') next()
  else refuse(res, 415, 'application/json')
}

/** Content that is no JSON, or is too long. */
function refuseFault(error: unknown, _req: Request, res: Response, next: NextFunction): void {
  const { status = 500 } = error as { status?: number }
  if (status < 500 && !res.headersSent) refuse(res, status, 'A small object of JSON is expected')
  else next(error)
}

function refuse(res: Response, status: number, message: string): void {
  res.status(status).json({ message })
}

/** The URL of a page of this site; undefined for anything else. */
function ownUrl(req: Request, path: unknown): string | undefined {
  const base = `${req.protocol}://${req.host}`
  if (typeof path !== 'string' || !URL.canParse(path, base)) return undefined
  const url = new URL(path, base)
  return url.origin === new URL(base).origin ? url.href : undefined
}
