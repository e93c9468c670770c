import express from 'express'
import { expressHandler } from '../handlers.mjs'
import { LeastCache } from '../least-cache.mjs'

/** The least that any cache does at a miss: what is above it is the price of the rules. */
export const createListener = () =>
  express().use(new LeastCache().middleware()).get('/page/:id', expressHandler)
