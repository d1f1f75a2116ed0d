/** Names in `/customers/:customerId/…`. */
export const pathParameters = (path: string): readonly string[] => [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => name as string);

/** `/customers/{customerId}/…` */
export const openApiPath = (path: string): string => path.replaceAll(/:([A-Za-z]+)/g, '{$1}');
