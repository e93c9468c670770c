import cacheExpress from 'cache-express'
import express from 'express'
import { expressHandler } from '../handlers.mjs'

export const createListener = () =>
  express().get('/page/:id', cacheExpress({ timeOut: 15 * 60_000, onTimeout() {} }), expressHandler)
