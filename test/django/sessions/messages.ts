import type { RequestHandler } from 'express'
import { type MessageStore, needed } from './visitor-request.js'

const COOKIE = 'messages'

/** Puts connect-flash's messages behind the words of the steps. */
export const flashMessages: RequestHandler = (req, _res, next) => {
  const messages: MessageStore = {
    add: (message) => void needed(req, 'flash').call(req, 'info', message),
    take: () => needed(req, 'flash').call(req, 'info'),
  }
  Object.assign(req, { messages })
  next()
}

/**
 * Keeps messages in a cookie, by hand. As Django's, it is deleted by each page that shows
 * messages.
 */
export const cookieMessages: RequestHandler = (req, res, next) => {
  const held = (): readonly string[] => JSON.parse(needed(req, 'cookies')[COOKIE] ?? '[]')
  const messages: MessageStore = {
    add: (message) => void res.cookie(COOKIE, JSON.stringify([...held(), message])),
    take() {
      res.clearCookie(COOKIE)
      return held()
    },
  }
  Object.assign(req, { messages })
  next()
}
