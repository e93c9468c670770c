import express from 'express'
import expeditious from 'express-expeditious'
import { expressHandler } from '../handlers.mjs'

export const createListener = () =>
  express().get('/page/:id', expeditious({ namespace: 'bench', defaultTtl: '15 minutes' }), expressHandler)
