import express from 'express'
import { expressHandler } from '../handlers.mjs'

export const createListener = () => express().get('/page/:id', expressHandler)
