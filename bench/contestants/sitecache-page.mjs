import { cachePage } from '@sitecache/express'
import express from 'express'
import { expressHandler } from '../handlers.mjs'

export const createListener = () => express().get('/page/:id', cachePage('15m'), expressHandler)
