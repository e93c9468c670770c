import type { IncomingMessage, ServerResponse } from 'node:http'
import { inHole } from '@sitecache/core/internal'
import { cookiesThatCame } from './late-cookies.js'

/**
 * Properties with data of one visitor from the Cookie header, which middlewares set on a request.
 */
const visitorFields = ['session', 'user', 'cookies', 'signedCookies'] as const

/** Record of whether the handler read data of its visitor. */
export interface VisitorWatch {
  read: boolean
}

/**
 * Watches whether the handler reads the visitor's session, user or cookies: such a page varies by
 * Cookie, as a view that touched `request.session` does by Django's SessionMiddleware.
 *
 * Session middlewares save inside `writeHead` and `end`: their reads there don't count. Reads while
 * a hole is filled don't either, since its content belongs to the visitor anyway.
 *
 * @returns undefined when there is nothing to watch
 */
export function watchVisitor(req: IncomingMessage, res: ServerResponse): VisitorWatch | undefined {
  const present = visitorFields.filter((name) => isThere(req, name))
  if (present.length === 0) return undefined
  const watch = { read: false }
  const hooks = { running: 0 }
  for (const name of present) watchField(req, name, watch, hooks)
  for (const name of ['writeHead', 'write', 'end'] as const) muteDuring(res, name, hooks)
  return watch
}

function watchField(
  req: IncomingMessage,
  name: string,
  watch: VisitorWatch,
  hooks: { running: number },
): void {
  let value: unknown = Reflect.get(req, name)
  const touched = (): void => {
    if (hooks.running === 0 && !inHole()) watch.read = true
  }
  Object.defineProperty(req, name, {
    configurable: true,
    enumerable: true,
    get() {
      touched()
      return value
    },
    set(replacement: unknown) {
      touched()
      value = replacement
    },
  })
}

function muteDuring(
  res: ServerResponse,
  name: 'writeHead' | 'write' | 'end',
  hooks: { running: number },
): void {
  const method = res[name] as (...args: unknown[]) => unknown
  const muted = (...args: unknown[]): unknown => {
    hooks.running += 1
    try {
      return Reflect.apply(method, res, args)
    } finally {
      hooks.running -= 1
    }
  }
  Object.assign(res, { [name]: muted })
}

function isThere(req: IncomingMessage, name: (typeof visitorFields)[number]): boolean {
  const cameLater = (name === 'cookies' || name === 'signedCookies') && !Object.hasOwn(req, name)
  return cameLater ? cookiesThatCame(req, name) !== undefined : name in req
}
