import express from 'express'
import routeCache from 'route-cache'
import { expressHandler } from '../handlers.mjs'

export const createListener = () =>
  express().get('/page/:id', routeCache.cacheSeconds(15 * 60), expressHandler)
