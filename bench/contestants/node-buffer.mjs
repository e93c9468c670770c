import { bufferHandler } from '../handlers.mjs'

export const createListener = () => bufferHandler()
