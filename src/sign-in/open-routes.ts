/** Routes that anybody may use, by the URL that they are declared with: what says how to use the service, and whether it is well. */
const openRoutes = [/^\/$/, /^\/page\//, /^\/health(?:\/|$)/, /^\/openapi\.json$/, /^\/docs(?:\/|$)/, /^\/problems(?:\/|$)/]

/** Whether a route is open without sign-in. Undefined, where no route has the URL of a request, is none that is. */
export const isOpenRoute = (url: string | undefined): boolean => url !== undefined && openRoutes.some((open) => open.test(url))
