import { res } from '../exchange.js'
import { useViews } from '../views.js'

export { dashboard } from '@sitecache/dashboard'
export { fileStore } from '@sitecache/file'
export { redisBus, redisStore } from '@sitecache/redis'
export { nunjucksFragments } from '@sitecache/templates/nunjucks'
export { default as cors } from 'cors'
export { expressjwt } from 'express-jwt'
export { default as helmet } from 'helmet'
export { default as nunjucks } from 'nunjucks'
export * from '../common.js'
export * from '../data.js'
export * from '../exchange.js'

export const settings = { default: 'memory:' }
export const url = 'redis://127.0.0.1:6379'

/** Options of express-jwt, and of sessions. */
export const options = { secret: 'a secret', algorithms: ['HS256' as const] }

/** Sends an error to the application's own service. */
export const report = async (_error: unknown): Promise<void> => undefined

/** Lets in whom the operators' list has. */
export const authorize = (): boolean => true

/** The application's records of what operators do. */
export const records = { write: async (_entry: unknown): Promise<void> => undefined }

useViews(res.app)
