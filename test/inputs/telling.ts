import type { IncomingMessage } from 'node:http'
import { isOwnFile } from '../../packages/express/src/inputs/callers.js'
import type { InputWarnings } from '../../packages/express/src/inputs/development-warnings.js'

/** Is it sitecache's own file? This one stands for the watch's accessors. */
export const isOwn = (file: string) => isOwnFile(file) || /[\\/]inputs[\\/]telling\.ts$/.test(file)

/** Has a request tell of each read of its Cookie header. */
export function tellOfCookies(req: IncomingMessage, warnings: InputWarnings): void {
  const { cookie } = req.headers
  Object.defineProperty(req.headers, 'cookie', {
    get() {
      warnings.learned(req, 'cookie:*')
      return cookie
    },
  })
}
