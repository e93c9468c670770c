/** Fields that the documents' applications put on sessions and users. */
import 'express-session'
import 'passport'

/** Item of a cart. */
export interface CartItem {
  readonly id: string
  readonly count: number
}

/** Visitor that is signed in. */
export interface Visitor {
  readonly id: string
  readonly name: string
}

declare module 'express-session' {
  interface SessionData {
    user: Visitor
    userId: string
    cart: string
    visits: number
  }
}

declare global {
  namespace Express {
    interface User extends Visitor {}
  }
}
