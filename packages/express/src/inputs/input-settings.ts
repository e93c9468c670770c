import type { IncomingMessage } from 'node:http'
import type { InputRules } from '@sitecache/http'

/** How a layer works out the values of inputs. */
export interface InputSettings {
  readonly rules: InputRules
  /** Whose page it is: the option `visitor`. Where it throws, the visitor has no identity. */
  readonly visitor?: ((req: IncomingMessage) => string | number | null | undefined) | undefined
  /**
   * Whether somebody is signed in.
   *
   * @default req.user, req.auth, isAuthenticated() or oidc's say so
   */
  readonly isSignedIn?: ((req: IncomingMessage) => boolean) | undefined
  /** Names of the headers that `buckets` reduce to few values. */
  readonly reduced?: readonly string[] | undefined
}
