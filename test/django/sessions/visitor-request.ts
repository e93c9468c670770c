import type { Request } from 'express'

/** Properties that the middlewares of the scenarios leave on a request. */
interface Left {
  session: Record<string, unknown> | null
  sessionID: string
  cookies: Readonly<Record<string, string | undefined>>
  user: { readonly name: string } | undefined
  passed: unknown
  language: string
  csrfToken(): string
  flash(kind: string, message?: string): string[]
  messages: MessageStore
}

/** Messages that are shown once. */
export interface MessageStore {
  add(message: string): void
  take(): readonly string[]
}

/** Reads one property of a request, once, as a handler would. */
export function left<K extends keyof Left>(req: Request, name: K): Left[K] | undefined {
  return Reflect.get(req, name)
}

/** Returns the property; a scenario without the middleware that puts it there is broken. */
export function needed<K extends keyof Left>(req: Request, name: K): NonNullable<Left[K]> {
  const value = left(req, name)
  if (value === undefined || value === null) throw new Error(`the scenario has nothing that puts ${name}`)
  return value
}
