import { doctor } from '@sitecache/doctor'
import { siteCache } from '@sitecache/express'
import express from 'express'
import { expressHandler } from '../handlers.mjs'

doctor()

export const createListener = () => express().use(siteCache()).get('/page/:id', expressHandler)
