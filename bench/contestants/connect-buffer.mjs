import connect from 'connect'
import { bufferHandler } from '../handlers.mjs'

export const createListener = () => connect().use(bufferHandler())
