import { siteCache } from '@sitecache/express'
import connect from 'connect'
import { plainHandler } from '../handlers.mjs'

export const createListener = () => connect().use(siteCache()).use(plainHandler)
