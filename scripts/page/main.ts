/*
 * Builds the web page to where the service looks for it. `npm run build` does so.
 */
import { buildPage } from './build.js'

await buildPage('dist/page')
