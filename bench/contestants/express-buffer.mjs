import express from 'express'
import { bufferHandler } from '../handlers.mjs'

export const createListener = () => express().use(bufferHandler())
