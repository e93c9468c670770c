import type { Request } from 'express'
import { app } from '../common.js'
import { useViews } from '../views.js'

export * from '../common.js'

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`)
export const csrfToken = (req: Request): string => `token-${req.session.id.length}`
export const cartOf = async (sessionId: string): Promise<readonly string[]> => [`of ${sessionId.length}`]
export const renderCart = (items: readonly string[]): string => `<ul><li>${items.join('</li><li>')}</li></ul>`

useViews(app)
