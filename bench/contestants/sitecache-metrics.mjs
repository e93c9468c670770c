import { siteCache } from '@sitecache/express'
import { metrics } from '@sitecache/metrics'
import express from 'express'
import { expressHandler } from '../handlers.mjs'

metrics()

export const createListener = () => express().use(siteCache()).get('/page/:id', expressHandler)
