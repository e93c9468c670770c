import type { Request, Response } from 'express'

export * from '../common.js'

export const save = (_req: Request, res: Response): void => {
  res.redirect(303, '/articles')
}
