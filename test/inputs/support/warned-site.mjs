// A site whose pages read of their requests, asked twice for each page; tells on its output
// how often sitecache has taken a stack.
import { fileURLToPath } from 'node:url'
import { fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import cookieParser from 'cookie-parser'
import express from 'express'

const app = express()
app.set('views', fileURLToPath(new URL('.', import.meta.url)))
const { LOOK_UP } = process.env
if (LOOK_UP === 'top') app.use(siteCache({ buckets: { 'user-agent': ['Firefox'] } }))
else app.use(updateCache())
app.use(cookieParser(), (_req, res, next) => {
  res.locals.theme = 'dark'
  next()
})
if (LOOK_UP !== 'top') app.use(fetchFromCache())

const articles = express.Router()
articles.get('/:id', (req, res) => {
  const { theme } = req.cookies
  res.send(`${theme} ${req.get('user-agent')}`)
})
app.use('/articles', articles)
app.get('/language', async (req, res) => {
  await null
  res.send(req.acceptsLanguages('en', 'fr'))
})
app.get('/address', (req, res) => res.send(req.ip))

app.get('/template', (_req, res) => res.render('warned-site.pug'))

let stacks = 0
const { captureStackTrace } = Error
Error.captureStackTrace = (...args) => {
  // Node's fetch takes some of its own.
  if (args[1]?.name === 'callers') stacks += 1
  return captureStackTrace(...args)
}

const server = app.listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const ask = async (path, theme) => {
  const headers = { cookie: `theme=${theme}`, 'user-agent': 'Firefox' }
  const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers })
  await response.text()
}
for (const path of ['/articles/1', '/articles/2', '/language', '/address', '/template'])
  for (const theme of ['dark', 'light']) await ask(path, theme)
console.log(stacks)
process.exit()
