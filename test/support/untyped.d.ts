declare module 'client-sessions' {
  import type { RequestHandler } from 'express'
  export default function clientSessions(options: { cookieName: string; secret: string }): RequestHandler
}

declare module 'cookie-session' {
  import type { RequestHandler } from 'express'
  export default function cookieSession(options: { keys: readonly string[] }): RequestHandler
}

declare module 'morgan' {
  import type { IncomingMessage } from 'node:http'
  import type { RequestHandler } from 'express'

  type Format = string | ((tokens: object, req: IncomingMessage) => string)
  export default function morgan(
    format: Format,
    options: { immediate?: boolean; stream: { write(line: string): void } },
  ): RequestHandler
}
