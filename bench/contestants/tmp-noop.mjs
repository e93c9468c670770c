import express from 'express'
import { expressHandler } from '../handlers.mjs'
export const createListener = () =>
  express()
    .use((req, res, next) => next())
    .get('/page/:id', expressHandler)
