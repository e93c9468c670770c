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
