import type { Request } from 'express'
import nunjucks from 'nunjucks'
import { app } from '../common.js'

export * from '../common.js'

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`)
export const csrfToken = (req: Request): string => `token-${req.session.id.length}`
export const cartOf = async (sessionId: string): Promise<readonly string[]> => [`of ${sessionId.length}`]
export const renderCart = (items: readonly string[]): string => `<ul><li>${items.join('</li><li>')}</li></ul>`

const home = '<form>{{ token() }}</form><p>{{ greeting() }}</p>{{ cart() }}'
const views = new nunjucks.Environment({
  getSource: (name) => ({ src: home, path: name, noCache: false }),
} as nunjucks.ILoader)
views.express(app)
app.set('view engine', 'html')
