import { withSiteCache } from '@sitecache/express'
import express from 'express'
import { expressHandler } from '../handlers.mjs'

export const createListener = () => withSiteCache(express().get('/page/:id', expressHandler))
