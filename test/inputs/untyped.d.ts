/** Packages that come without types of their own, or whose types redeclare what another session package puts on requests. */
declare module 'cookie-session' {
  import type { RequestHandler } from 'express'
  export default function cookieSession(options: {
    name?: string
    secret?: string
    keys?: string[]
  }): RequestHandler
}

declare module 'connect-flash' {
  import type { RequestHandler } from 'express'
  export default function flash(): RequestHandler
}

declare module 'body-parser' {
  import type { RequestHandler } from 'express'

  const parsers: { json(): RequestHandler; urlencoded(options: { extended: boolean }): RequestHandler }
  export default parsers
}

declare module 'express-interceptor' {
  import type { Request, RequestHandler, Response } from 'express'

  type Send = (body: string) => void
  interface Interceptor {
    isInterceptable(): boolean
    intercept(body: string, send: Send): void
  }
  export default function interceptor(make: (req: Request, res: Response) => Interceptor): RequestHandler
}

declare module 'express-mung' {
  import type { Request, RequestHandler, Response } from 'express'

  const mung: { headers(set: (req: Request, res: Response) => void): RequestHandler }
  export default mung
}
