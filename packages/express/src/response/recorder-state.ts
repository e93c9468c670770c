import type { Headers } from '../node/response-headers.js'
import type { Forwarded } from './forwarded.js'
import type { HeadDecision } from './judge-head.js'
import type { Replacement } from './replacement.js'

/** How far a response has come; each state holds only what it has. */
export type RecorderState =
  /** No handler runs: the look-up is under way, or never came to be. */
  | { readonly kind: 'idle' }
  /** The handler runs, and has written no head. */
  | { readonly kind: 'forwarded'; readonly forwarded: Forwarded }
  /** The head was judged, and the body goes out. */
  | {
      readonly kind: 'sending'
      readonly forwarded: Forwarded
      readonly decision: HeadDecision
      /** Headers before the head was judged, which changes them. */
      readonly written: Headers
    }
  /** Another response is to go out in place of the handler's. */
  | {
      readonly kind: 'replacing'
      readonly forwarded: Forwarded
      readonly replacement: Replacement
      readonly decision: HeadDecision | undefined
    }
  /** Its render has ended: whatever is still written concerns no cache. */
  | { readonly kind: 'done' }

export const idle: RecorderState = { kind: 'idle' }
export const done: RecorderState = { kind: 'done' }
