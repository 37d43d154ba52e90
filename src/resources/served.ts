import { articles } from './articles.js'
import type { Resource } from './resource.js'
import { users } from './users.js'

/** The resources that the service serves, at `/api/<name>` each, unless `buildApp` is given others. */
export const served: readonly Resource[] = [articles, users]
