import apicache from 'apicache'
import express from 'express'
import { expressHandler } from '../handlers.mjs'

export const createListener = () =>
  express().get('/page/:id', apicache.middleware('15 minutes'), expressHandler)
